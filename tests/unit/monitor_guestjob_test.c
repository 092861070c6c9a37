/* warren-monitor and jobs that a guest agent runs. */
#include "tests/unit/monitor_agent.h"

#include "base/list.h"
#include "tests/unit/suite.h"

enum { JOB = 7 };

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
	Suite *s = suite_create("jobs of a guest by a monitor");
	TCase *t = tcase_create("guestjob");
	tcase_set_timeout(t, 60);
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
