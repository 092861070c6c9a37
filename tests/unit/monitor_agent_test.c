/* warren-monitor and the guest agent. */
#include "tests/unit/monitor_agent.h"

#include <time.h>

#include "base/list.h"
#include "tests/unit/suite.h"

START_TEST(one_that_answers_is_told)
{
	agent_begin();
	say(PORT("true")); /* again */
	say(PORT("false"));
	told_is("");
	vm_stop();
}
END_TEST

START_TEST(next_daemon_is_told)
{
	struct mon_event e;
	agent_begin();
	int second = dial();
	hello(second);
	receive(second, &e);
	ck_assert_int_eq(e.op, MON_AGENT);
	ck_assert_str_eq(e.err.text, "7.2.22");
	close(second);
	vm_stop();
}
END_TEST

START_TEST(another_port_is_none)
{
	vm_start(GUEST);
	say(EVENT("VSERPORT_CHANGE", "\"id\": \"x\", \"open\": true"));
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	struct pollfd p = {.fd = z.agent[1], .events = POLLIN};
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	vm_stop();
}
END_TEST

/* What it had to say before, and halves. */
static const char *const before[] = {
    "{\"return\": {}}\n",
    "{\"return\": 1}\n\xff",
    "\n\n\n{]\nword",
    "\xff{\"return\": 77}\n",
    "{\"return\": {\"version\": \"6.0\"}}\n{\"ret",
    "\xff\xff\xff",
};

START_TEST(what_it_said_before_is_dropped)
{
	vm_start(GUEST);
	hello(z.sock);
	say(PORT("true"));
	unsigned id = sync_hear();
	agent_say(before[_i], strlen(before[_i]));
	sync_say(id);
	info_hear();
	agent_say(INFO, strlen(INFO));
	told_is("7.2.22");
	vm_stop();
}
END_TEST

static const struct {
	const char *info, *version;
} versions[] = {
    {"{\"return\": {\"version\": \"103.1-rc2+deb~1\"}}\n", "103.1-rc2+deb~1"},
    {"{\"return\": {\"version\": \"7 2\"}}\n", "unknown"},
    {"{\"return\": {\"version\": \"12345678901234567890123456789012\"}}\n", "unknown"},
    {"{\"return\": {\"version\": \"\\u001b[2J\"}}\n", "unknown"},
    {"{\"return\": {\"version\": 7}}\n", "unknown"},
    {"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"disabled\"}}\n", "unknown"},
    {"{}\n[]\nx\n{\"return\": {\"version\": \"8\"}}\n", "8"},
};

START_TEST(version_is_a_word)
{
	vm_start(GUEST);
	hello(z.sock);
	say(PORT("true"));
	sync_say(sync_hear());
	info_hear();
	agent_say(versions[_i].info, strlen(versions[_i].info));
	told_is(versions[_i].version);
	vm_stop();
}
END_TEST

/* Write n bytes, or as many as are taken until the monitor reads no more. */
static size_t agent_pour(const char *bytes, size_t n)
{
	size_t at = 0;
	struct pollfd p = {.fd = z.agent[1], .events = POLLOUT};
	while (at < n && poll(&p, 1, 0) == 1) {
		ssize_t k = send(z.agent[1], bytes + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (k <= 0)
			break;
		at += (size_t)k;
		hello(z.sock); /* it has had its turn */
	}
	return at;
}

/* One that talks without an end is heard no longer than for one answer, and holds up nobody. */
START_TEST(endless_one_is_not_heard)
{
	enum { PART = 1 << 20 };
	static const char *const words[] = {
	    "x", "{}\n", "\xff{\"return\": 0}\n", "{\"return\": [0,"};
	char *bytes = malloc(PART);
	size_t all = 0, k = PART;
	for (size_t i = 0; i < PART; i++)
		bytes[i] = words[_i][i % strlen(words[_i])];
	vm_start(GUEST);
	say(PORT("true"));
	sync_hear();
	while (k == PART && all < (size_t)100 << 20)
		all += k = agent_pour(bytes, PART);
	ck_assert_msg(all < (size_t)60 << 20, "%zu bytes", all);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	free(bytes);
	vm_stop();
}
END_TEST

START_TEST(silent_one_holds_up_nobody)
{
	vm_start(GUEST);
	say(PORT("true"));
	sync_hear();
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	ck_assert_int_eq(end_with("0\n").status, 0);
	vm_stop();
}
END_TEST

START_TEST(hung_up_port_is_gone)
{
	agent_begin();
	close(z.agent[1]);
	told_is("");
	z.agent[1] = -1;
	ck_assert_int_eq(end_with("0\n").status, 0);
	vm_stop();
}
END_TEST

/* ---- what the monitor asks by itself ---- */

START_TEST(shutdown_asks_it_once)
{
	char text[256];
	agent_begin();
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	agent_hear(text, sizeof(text));
	ck_assert_str_eq(
	    text, "{\"execute\":\"guest-shutdown\",\"arguments\":{\"mode\":\"powerdown\"}}\n");
	hear("\"system_powerdown\""); /* again; and it has not answered, nor does it */
	sync_say(sync_hear());
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	agent_hear(text, sizeof(text)); /* by another command it is */
	ck_assert_ptr_nonnull(strstr(text, "\"guest-shutdown\""));
	vm_stop();
}
END_TEST

START_TEST(clock_is_set_as_it_goes_on)
{
	char text[256];
	agent_begin();
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	say_status("paused");
	expect(MON_STATUS, MON_PAUSED);
	say(EVENT("RESUME", ""));
	hear("\"query-status\"");
	long long began = time(NULL), told = 0;
	say_status("running");
	agent_hear(text, sizeof(text));
	ck_assert_int_eq(
	    sscanf(text, "{\"execute\":\"guest-set-time\",\"arguments\":{\"time\":%lld}}", &told),
	    1);
	ck_assert_int_ge(told / 1000000000, began);
	agent_say("{\"error\": {\"desc\": \"hwclock failed\"}}\n", 41);
	wait_log("the guest's clock: the guest agent refuses: hwclock failed");
	vm_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("a guest agent by a monitor");
	TCase *t = tcase_create("agent");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, one_that_answers_is_told);
	tcase_add_test(t, next_daemon_is_told);
	tcase_add_test(t, another_port_is_none);
	tcase_add_loop_test(t, what_it_said_before_is_dropped, 0, NELEM(before));
	tcase_add_loop_test(t, version_is_a_word, 0, NELEM(versions));
	tcase_add_loop_test(t, endless_one_is_not_heard, 0, 4);
	tcase_add_test(t, silent_one_holds_up_nobody);
	tcase_add_test(t, hung_up_port_is_gone);
	tcase_add_test(t, shutdown_asks_it_once);
	tcase_add_test(t, clock_is_set_as_it_goes_on);
	suite_add_tcase(s, t);
	return suite_run(s);
}
