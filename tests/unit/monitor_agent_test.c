/* warren-monitor and the guest agent; this test is in QEMU's place, and in the agent's. */
#include "tests/unit/monitor_vm.h"

#include "base/list.h"
#include "tests/unit/suite.h"

#define PORT(open) EVENT("VSERPORT_CHANGE", "\"id\": \"agent\", \"open\": " open)
#define INFO "{\"return\": {\"version\": \"7.2.22\", \"supported_commands\": []}}\n"

static void agent_say(const char *text, size_t n)
{
	ck_assert_int_eq(fd_write_all(z.agent[1], text, n), 0);
}

/* The next line that it is told. */
static void agent_hear(char *text, size_t size)
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
static unsigned sync_hear(void)
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

static void sync_say(unsigned id)
{
	char text[64];
	agent_say(text, (size_t)snprintf(text, sizeof(text), "\xff{\"return\": %u}\n", id));
}

static void info_hear(void)
{
	char text[256];
	agent_hear(text, sizeof(text));
	ck_assert_str_eq(text, "{\"execute\":\"guest-info\"}\n");
}

static void told_is(const char *version)
{
	struct mon_event e = expect(MON_AGENT, 0);
	ck_assert_int_eq(e.err.code, 0);
	ck_assert_str_eq(e.err.text, version);
}

static void agent_begin(void)
{
	vm_start(GUEST);
	hello(z.sock);
	say(PORT("true"));
	sync_say(sync_hear());
	info_hear();
	agent_say(INFO, strlen(INFO));
	told_is("7.2.22");
}

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

/* ---- jobs ---- */

enum { JOB = 7 };

/* What is asked of the agent has these words in it, and is answered so. */
static void agent_answers(const char *words, const char *answer)
{
	char text[4096];
	agent_hear(text, sizeof(text));
	ck_assert_msg(strstr(text, words) != NULL, "%s is not %s", text, words);
	agent_say(answer, strlen(answer));
}

static struct ring outs[JOB_STREAMS];

/* orders: the strings, with a NUL behind each. */
static uint32_t job_start(const char *strings, size_t n)
{
	struct mon_request r = {.op = MON_JOB_START, .seq = ++z.seq, .job = JOB};
	struct job_orders o = {.magic = JOB_ORDERS_MAGIC, .size = (uint32_t)n};
	int fds[MON_JOB_FDS];
	for (int i = 0; i < JOB_STREAMS; i++) {
		fds[i] = memfd_create("out", MFD_CLOEXEC);
		ck_assert_int_eq(ring_make(&outs[i], fds[i], JOB_ROOM, 0), 0);
	}
	fds[2] = memfd_create("orders", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(fds[2], &o, sizeof(o)), 0);
	ck_assert_int_eq(fd_write_all(fds[2], strings, n), 0);
	ck_assert_int_eq(wire_send(z.sock, &r, sizeof(r), fds, MON_JOB_FDS), 0);
	close(fds[2]);
	return r.seq;
}

#define ORDERS "id\0root\0/"
#define START() job_start(ORDERS, sizeof(ORDERS))
#define PID "{\"return\": {\"pid\": 77}}\n"
#define LOOK "{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":77}}"
#define RUNS "{\"return\": {\"exited\": false}}\n"

static void job_runs(void)
{
	agent_begin();
	uint32_t seq = START();
	agent_answers("\"/bin/sh\"", PID);
	ck_assert_int_eq(expect(MON_DONE, seq).err.code, 0);
	ck_assert_uint_eq(expect(MON_JOB, 0).state, MON_JOB_RUNS);
}

static struct mon_event job_ended(void)
{
	struct mon_event e = expect(MON_JOB, 0);
	ck_assert_uint_eq(e.state, MON_JOB_ENDED);
	ck_assert_uint_eq(e.job, JOB);
	ck_assert_int_eq(e.init, 0); /* no process of the host's */
	return e;
}

static const char *printed(int which)
{
	static char text[4096];
	uint64_t pos = 0, lost = 0;
	text[ring_read(&outs[which], &pos, text, sizeof(text) - 1, &lost)] = '\0';
	return text;
}

#define NOT_KNOWN "[how it ended is not known: "

static const struct {
	const char *answer;
	int status;
	const char *out, *errors;
} ends[] = {
    {"{\"return\": {\"exited\": true, \"exitcode\": 3, \"out-data\": \"aGVsbG8K\"}}\n", 3 << 8,
	"hello\n", ""},
    {"{\"return\": {\"exited\": true, \"signal\": 15, \"err-data\": \"aGk=\"}}\n", 15, "", "hi"},
    {"{\"return\": {\"exited\": true, \"exitcode\": 1e99, \"signal\": -4, \"out-data\": 7}}\n",
	255 << 8, "", ""},
    {"{\"return\": {\"exited\": true, \"out-data\": \"aGk=\", \"out-truncated\": true}}\n", 0,
	"hi[lost what is beyond 16 MiB]\n", ""},
    {"{\"return\": {\"exited\": true, \"out-data\": \"aG\\u0000k\", \"err-data\": \"-\"}}\n",
	SIGKILL, "", NOT_KNOWN "what the guest agent says is not JSON]\n"},
    {"{\"error\": {\"desc\": \"no\\nsuch PID\"}}\n", SIGKILL, "",
	NOT_KNOWN "the guest agent refuses: no?such PID]\n"},
    {"{]\n", SIGKILL, "", NOT_KNOWN "what the guest agent says is not JSON]\n"},
};

START_TEST(job_is_looked_at_until_it_ends)
{
	job_runs();
	agent_answers(LOOK, RUNS);
	agent_answers(LOOK, ends[_i].answer);
	if (ends[_i].status == SIGKILL && ends[_i].answer[2] != 'e')
		sync_say(sync_hear());
	struct mon_event e = job_ended();
	ck_assert_int_eq(e.status, ends[_i].status);
	ck_assert_uint_eq(e.streams_done, 3);
	ck_assert_str_eq(printed(0), ends[_i].out);
	ck_assert_str_eq(printed(1), ends[_i].errors);
	vm_stop();
}
END_TEST

static const struct {
	const char *answer, *why;
} not_started[] = {
    {"{\"error\": {\"desc\": \"Command guest-exec has been disabled\"}}\n",
	"the guest agent refuses: Command guest-exec has been disabled"},
    {"{\"return\": {\"pid\": -1}}\n", "the guest agent gives it no number"},
    {"{\"return\": {}}\n", "the guest agent gives it no number"},
    {"\x01\n", "what the guest agent says is not JSON"},
};

START_TEST(job_that_does_not_start_is_refused)
{
	agent_begin();
	uint32_t seq = START();
	agent_answers("\"guest-exec\"", not_started[_i].answer);
	struct mon_event e = expect(MON_DONE, seq);
	ck_assert_int_eq(e.err.code, EIO);
	ck_assert_str_eq(e.err.text, not_started[_i].why);
	ck_assert_int_eq(done((struct mon_request){.op = MON_JOB_ASK, .job = JOB}), ESRCH);
	vm_stop();
}
END_TEST

START_TEST(bad_orders_are_refused)
{
	static const struct {
		const char *strings;
		size_t n;
		int code;
	} bad[] = {{"id", 3, EBADMSG}, {"id\0root", 8, EBADMSG}, {"\xff\0root\0/", 9, EILSEQ}};
	agent_begin();
	ck_assert_int_eq(
	    expect(MON_DONE, job_start(bad[_i].strings, bad[_i].n)).err.code, bad[_i].code);
	vm_stop();
}
END_TEST

START_TEST(without_an_agent_there_is_no_job)
{
	vm_start(GUEST);
	ck_assert_int_eq(expect(MON_DONE, START()).err.code, EOPNOTSUPP);
	vm_stop();
}
END_TEST

/* The agent begins anew, and the next job has an answer of its own. */
START_TEST(long_answer_costs_itself)
{
	enum { PART = 1 << 20 };
	char *bytes = malloc(PART), text[256];
	job_runs();
	agent_hear(text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, LOOK));
	memset(bytes, 'x', PART);
	agent_say("{\"return\": \"", 12);
	for (int i = 0; i < 49; i++)
		agent_say(bytes, PART);
	unsigned id = sync_hear();
	agent_say("\"}\n", 3);
	sync_say(id);
	ck_assert_int_eq(job_ended().status, SIGKILL);
	ck_assert_ptr_nonnull(strstr(printed(1), "too long"));
	ck_assert_int_eq(done((struct mon_request){.op = MON_JOB_FORGET, .job = JOB}), 0);
	uint32_t seq = START();
	agent_answers("\"guest-exec\"", PID);
	ck_assert_int_eq(expect(MON_DONE, seq).err.code, 0);
	free(bytes);
	vm_stop();
}
END_TEST

/* More than an honest agent keeps. */
START_TEST(largest_answer_is_taken)
{
	enum { PART = 1 << 20 };
	static const char head[] = "{\"return\": {\"exited\": true, \"out-data\": \"";
	char *bytes = malloc(PART), text[256];
	job_runs();
	agent_hear(text, sizeof(text));
	memset(bytes, 'A', PART);
	agent_say(head, sizeof(head) - 1);
	for (int i = 0; i < 47; i++)
		agent_say(bytes, PART);
	agent_say("\"}}\n", 4);
	ck_assert_int_eq(job_ended().status, 0);
	ck_assert_uint_eq(ring_total(&outs[0]), JOB_HELD);
	free(bytes);
	vm_stop();
}
END_TEST

START_TEST(job_of_another_agent_is_lost)
{
	job_runs();
	agent_answers(LOOK, RUNS);
	say(PORT("false"));
	told_is("");
	say(PORT("true"));
	ck_assert_int_eq(job_ended().status, SIGKILL);
	ck_assert_ptr_nonnull(strstr(printed(1), "the guest agent that ran it has ended"));
	vm_stop();
}
END_TEST

START_TEST(job_ends_with_its_guest)
{
	agent_begin();
	uint32_t seq = START();
	ck_assert_int_eq(end_with("0\n").status, 0);
	ck_assert_int_eq(expect(MON_DONE, seq).err.code, ESRCH);
	vm_stop();
}
END_TEST

START_TEST(forgotten_job_is_killed)
{
	char text[4096];
	job_runs();
	ck_assert_int_eq(done((struct mon_request){.op = MON_JOB_FORGET, .job = JOB}), 0);
	ck_assert_int_eq(done((struct mon_request){.op = MON_JOB_ASK, .job = JOB}), ESRCH);
	agent_hear(text, sizeof(text));
	if (strstr(text, LOOK) != NULL) { /* it was looked at just then */
		agent_say(RUNS, sizeof(RUNS) - 1);
		agent_hear(text, sizeof(text));
	}
	ck_assert_ptr_nonnull(strstr(text, "kill -9 -- -77 || kill -9 77"));
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
	tcase_add_loop_test(t, job_is_looked_at_until_it_ends, 0, NELEM(ends));
	tcase_add_loop_test(t, job_that_does_not_start_is_refused, 0, NELEM(not_started));
	tcase_add_loop_test(t, bad_orders_are_refused, 0, 3);
	tcase_add_test(t, without_an_agent_there_is_no_job);
	tcase_add_test(t, long_answer_costs_itself);
	tcase_add_test(t, largest_answer_is_taken);
	tcase_add_test(t, job_of_another_agent_is_lost);
	tcase_add_test(t, job_ends_with_its_guest);
	tcase_add_test(t, forgotten_job_is_killed);
	suite_add_tcase(s, t);
	return suite_run(s);
}
