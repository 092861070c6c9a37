/* What a guest agent says, in reads of up to 1000 bytes. The input's first byte chooses what it was
 * asked. */
#include "monitor/vm/agent.c"

#include "tests/fuzz/fuzz.h"

static unsigned answers;

bool zone_stands_still(void)
{
	return false;
}

void clients_agent(void)
{
	assert(version[strspn(version, "0123456789abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+-_~")] == '\0');
}

static void answered(void *arg, const json_t *returned, const struct err *why)
{
	assert(arg == &answers && (returned != NULL) == (why->code == 0));
	for (const char *p = why->text; *p != '\0'; p++)
		assert(*p >= ' ' && *p < 0x7f);
	answers++;
}

/* It says this, which is taken over. */
static void hear(json_t *message)
{
	take_message(message);
	json_decref(message);
}

static void ask(void)
{
	agent_ask(json_pack("{s:s}", "execute", "x"), AGENT_SECONDS, answered, &answers);
}

/* From 0, a sync is due, to 2, a question is. */
static void begin(unsigned how)
{
	agent_opened(true);
	if (how >= 1)
		hear(json_pack("{s:f}", "return", (double)sync_id));
	if (how >= 2)
		hear(json_pack("{s:{s:s}}", "return", "version", "7.2"));
	ask();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];
	if (size == 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || agent_init(ends[0]) < 0)
		abort();
	begin(data[0] % 3);
	for (size_t at = 1, n; at < size; at += n) {
		n = size - at < 1000 ? size - at : 1000;
		if (write(ends[1], data + at, n) != (ssize_t)n)
			abort();
		agent_ready(POLLIN);
		ask();
		while (!is_answer_due() && recv(fd, (char[1000]){0}, 1000, MSG_DONTWAIT) > 0)
			;
	}
	close(ends[1]);
	agent_end();
	assert(now == NULL && list_empty(&waiting) && in == NULL && out == NULL);
	return 0;
}
