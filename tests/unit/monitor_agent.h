/* A monitor with a VM and a guest agent; this test is in QEMU's place, and in the agent's. */
#ifndef WARREN_TESTS_MONITOR_AGENT_H
#define WARREN_TESTS_MONITOR_AGENT_H

#include "tests/unit/monitor_vm.h"

#define PORT(open) EVENT("VSERPORT_CHANGE", "\"id\": \"agent\", \"open\": " open)
#define INFO "{\"return\": {\"version\": \"7.2.22\", \"supported_commands\": []}}\n"

static inline void agent_say(const char *text, size_t n)
{
	ck_assert_int_eq(fd_write_all(z.agent[1], text, n), 0);
}

/* The next line that it is told. */
static inline void agent_hear(char *text, size_t size)
{
	size_t n = 0;
	while (n == 0 || text[n - 1] != '\n') {
		wait_in(z.agent[1]);
		ck_assert_uint_lt(n, size - 1);
		ck_assert_int_eq(read(z.agent[1], text + n, 1), 1);
		n++;
	}
	text[n] = '\0';
}

/* It is told to begin anew: the number that comes with it. */
static inline unsigned sync_hear(void)
{
	char text[256];
	unsigned id = 0;
	agent_hear(text, sizeof(text));
	ck_assert_int_eq(
	    sscanf(
		text, "\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%u}}", &id),
	    1);
	return id;
}

static inline void sync_say(unsigned id)
{
	char text[64];
	agent_say(text, (size_t)snprintf(text, sizeof(text), "\xff{\"return\": %u}\n", id));
}

static inline void info_hear(void)
{
	char text[256];
	agent_hear(text, sizeof(text));
	ck_assert_str_eq(text, "{\"execute\":\"guest-info\"}\n");
}

static inline void told_is(const char *version)
{
	struct mon_event e = expect(MON_AGENT, 0);
	ck_assert_int_eq(e.err.code, 0);
	ck_assert_str_eq(e.err.text, version);
}

static inline void agent_begin(void)
{
	vm_start(GUEST);
	hello(z.sock);
	say(PORT("true"));
	sync_say(sync_hear());
	info_hear();
	agent_say(INFO, strlen(INFO));
	told_is("7.2.22");
}

/* What is asked of the agent has these words in it, and is answered so. */
static inline void agent_answers(const char *words, const char *answer)
{
	char text[4096];
	agent_hear(text, sizeof(text));
	ck_assert_msg(strstr(text, words) != NULL, "%s is not %s", text, words);
	agent_say(answer, strlen(answer));
}

#endif
