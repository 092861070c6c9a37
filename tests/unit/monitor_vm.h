/* A monitor with a VM; this test is in QEMU's place. */
#ifndef WARREN_TESTS_MONITOR_VM_H
#define WARREN_TESTS_MONITOR_VM_H

#include "tests/unit/monitor_zone.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define EVENT(name, data) "{\"event\": \"" name "\", \"data\": {" data "}, \"timestamp\": {}}\r\n"

/* What stands for QEMU ends with the status that the test writes to its input. */
#define GUEST "read x; exit $x"

static inline void say(const char *text)
{
	ck_assert_int_eq(fd_write_all(z.qmp[1], text, strlen(text)), 0);
}

static inline void say_status(const char *state)
{
	char text[128];
	snprintf(text, sizeof(text),
	    "{\"return\": {\"status\": \"%s\"}, \"id\": \"warren:status\"}\r\n", state);
	say(text);
}

/* The monitor's next line is this command. */
static inline void hear(const char *command)
{
	char text[256] = "";
	size_t n = 0;
	while (n < sizeof(text) - 1 && (n == 0 || text[n - 1] != '\n')) {
		wait_in(z.qmp[1]);
		ck_assert_int_eq(read(z.qmp[1], text + n, 1), 1);
		n++;
	}
	ck_assert_msg(strstr(text, command) != NULL, "%s is not %s", text, command);
}

static inline void vm_start(const char *script)
{
	zone_sh(true, script);
	say(GREETING);
	hear("\"qmp_capabilities\"");
	say("{\"return\": {}, \"id\": \"warren:capabilities\"}\r\n");
	hear("\"query-status\"");
	say_status("running");
}

static inline void vm_stop(void)
{
	close(z.input[0]);
	close(z.qmp[1]);
	close(z.agent[1]);
	close(z.console[1]);
	zone_stop();
}

static inline struct mon_event end_with(const char *status)
{
	ck_assert_int_eq(fd_write_all(z.input[0], status, strlen(status)), 0);
	return ended();
}

#endif
