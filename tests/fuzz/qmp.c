/* What a QEMU that the guest has taken over says, in reads of up to 1000 bytes. */
#include "monitor/vm/guest.c"
#include "monitor/vm/relay.c"
/* the last, as it has the shortest names */
#include "monitor/vm/qmp.c"

#include <stdarg.h>
#include <stdio.h>

#include "tests/fuzz/fuzz.h"

void journal_remark(const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (const char *p = text; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
}

void agent_opened(bool open)
{
	(void)open;
}

void zone_up(void)
{
}

void zone_stopped(const struct err *why)
{
	assert(why->code == 0 || why->text[0] != '\0');
}

void zone_goes_on(void)
{
}

void zone_ends(void)
{
}
void zone_hung(void)
{
}
void zone_hardware_changed(void)
{
}
void zone_was_reset(void)
{
}

void zone_reboots(void)
{
}

void zone_qmp_closed(void)
{
}

void zone_was_signalled(void)
{
}

void zone_failed(const struct err *why)
{
	assert(why->code != 0 && why->text[0] != '\0');
}

void clients_done(struct client *c, uint32_t seq, const struct err *e)
{
	assert(c != NULL && seq == 1 && e->code != 0);
}

void clients_reply(struct client *c, uint32_t seq, int reply)
{
	assert(c != NULL && seq == 1 && reply >= 0);
	close(reply);
}

/* Ask something, so that what it says may be an answer. */
static void ask_something(void)
{
	static const char command[] = "{\"execute\":\"x\"}";
	int fds[MON_JOB_FDS] = {memfd_create("command", MFD_CLOEXEC), -1, -1};
	if (fds[0] < 0 || write(fds[0], command, sizeof(command) - 1) < 0)
		abort();
	if (relay_request((struct client *)fds, &(struct mon_request){.seq = 1}, fds) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ||
	    qmp_init(ends[0], -1) < 0)
		abort();
	len = left = wanted = 0;
	talking = in_long = false;
	ask_something();
	while (size > 0 && fd >= 0) {
		size_t n = size < 1000 ? size : 1000;
		n = n < sizeof(line) - len ? n : sizeof(line) - len;
		memcpy(line + len, data, n);
		len += n;
		data += n;
		size -= n;
		take_lines();
		commands_send();
		assert(len < sizeof(line));
	}
	qmp_end();
	close(ends[1]);
	return 0;
}
