/* warren-monitor with a VM: commands that the daemon has passed on to QEMU. */
#include "tests/unit/monitor_vm.h"

#include "base/list.h"
#include "tests/unit/suite.h"

static void answer_is(uint32_t seq, const char *want, size_t len)
{
	struct mon_event e = expect(MON_REPLY, seq);
	char *text = calloc(1, len + 2);
	ck_assert_int_eq(e.err.code, 0);
	ck_assert_int_ge(z.answer, 0);
	ck_assert_int_eq(lseek(z.answer, 0, SEEK_END), (long)len + 1);
	ck_assert_int_eq(pread(z.answer, text, len + 1, 0), (long)len + 1);
	ck_assert(memcmp(text, want, len) == 0 && text[len] == '\n');
	close(z.answer);
	free(text);
}

#define ASK(name) "{\"execute\": \"" name "\"}"
#define ASK_QMP(text) ask_qmp(text, sizeof(text) - 1, -1)

static const char *const answers[] = {
    "{\"return\": {\"a\": [18446744073709551615, 1e3]}}",
    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"none such\"}}",
    "{\"return\": {}, \"id\": \"its own\"}",
};

START_TEST(command_is_passed_on_and_answered)
{
	vm_start(GUEST);
	uint32_t seq =
	    ASK_QMP("{\"execute\": \"nonesuch\",\n \"arguments\": {\"b\": \"\\u00fc\"}}\n");
	hear("{\"execute\": \"nonesuch\",");
	hear(" \"arguments\": {\"b\": \"\\u00fc\"}}");
	say(EVENT("NEWS", "")); /* not the answer */
	say(answers[_i]);
	say("\r\n");
	answer_is(seq, answers[_i], strlen(answers[_i]));
	vm_stop();
}
END_TEST

START_TEST(one_after_the_other_and_ours_between)
{
	vm_start(GUEST);
	uint32_t first = ASK_QMP(ASK("one")), second = ASK_QMP(ASK("two"));
	hear("\"one\"");
	ck_assert_int_eq(done((struct mon_request){.op = MON_PAUSE, .value = 1}), 0);
	hear("\"stop\"");
	say("{\"return\": {}, \"id\": \"warren:stop\"}\r\n{\"return\": 1}\r\n");
	answer_is(first, "{\"return\": 1}", 13);
	hear("\"two\"");
	say("{\"return\": 2}\r\n");
	answer_is(second, "{\"return\": 2}", 13);
	vm_stop();
}
END_TEST

START_TEST(long_answer_is_whole)
{
	enum { LONG = 300000 };
	static char text[LONG + 1];
	memset(text, 'x', LONG);
	memcpy(text, "{\"return\": \"", 12);
	memcpy(text + LONG - 2, "\"}", 2);
	vm_start(GUEST);
	uint32_t seq = ASK_QMP(ASK("query-qmp-schema"));
	hear("query-qmp-schema");
	say(text);
	say("\r\n");
	answer_is(seq, text, LONG);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	vm_stop();
}
END_TEST

/* An answer that is too long, or no JSON, is lost alone: the next is right. */
START_TEST(bad_answer_costs_itself)
{
	static char text[1 << 20];
	memset(text, 'x', sizeof(text) - 1);
	vm_start(GUEST);
	uint32_t seq = ASK_QMP(ASK("one"));
	hear("\"one\"");
	for (int i = 0; i < (_i == 0 ? 17 : 0); i++)
		say(text);
	say(_i == 0 ? "\r\n" : "nonsense\r\n");
	struct mon_event e = expect(MON_DONE, seq);
	ck_assert_int_eq(e.err.code, _i == 0 ? EMSGSIZE : EBADMSG);
	seq = ASK_QMP(ASK("two"));
	hear("\"two\"");
	say("{\"return\": 2}\r\n");
	answer_is(seq, "{\"return\": 2}", 13);
	long kib = private_kib();
	ck_assert_msg(kib > 0 && kib < PRIVATE_MAX, "%ld KiB private", kib);
	vm_stop();
}
END_TEST

static const char *const no_commands[] = {
    "",
    "hello",
    "[]",
    "{}",
    "{\"execute\": 3}",
    ASK("a") ASK("b"),
    "{\"execute\": \"a\"",
    "{\"execute\": \"a\", \"id\": \"warren:status\"}",
    "{\"execute\": \"a\nb\"}",
};

START_TEST(what_is_no_command_is_refused)
{
	vm_start(GUEST);
	uint32_t seq = ask_qmp(no_commands[_i], strlen(no_commands[_i]), -1);
	ck_assert_int_ne(expect(MON_DONE, seq).err.code, 0);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\""); /* nothing else was sent */
	vm_stop();
}
END_TEST

START_TEST(a_descriptor_goes_with_it)
{
	char byte;
	int ends_[2], got = -1;
	vm_start(GUEST);
	ck_assert_int_eq(pipe(ends_), 0);
	uint32_t seq = ask_qmp("{\"execute\": \"getfd\"}", 20, ends_[1]);
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c;
	char text[64];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr m = {
	    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c)};
	wait_in(z.qmp[1]);
	ck_assert_int_gt(recvmsg(z.qmp[1], &m, 0), 0);
	ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&m));
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(got));
	ck_assert_int_eq(write(got, "x", 1), 1);
	ck_assert_int_eq(read(ends_[0], &byte, 1), 1);
	say("{\"return\": {}}\r\n");
	answer_is(seq, "{\"return\": {}}", 14);
	close(got);
	close(ends_[0]);
	close(ends_[1]);
	vm_stop();
}
END_TEST

START_TEST(its_end_is_told_to_who_asked)
{
	vm_start(GUEST);
	uint32_t first = ASK_QMP(ASK("one")), second = ASK_QMP(ASK("two"));
	hear("\"one\"");
	end_with("0\n");
	ck_assert_int_eq(expect(MON_DONE, first).err.code, ESRCH);
	ck_assert_int_eq(expect(MON_DONE, second).err.code, ESRCH);
	vm_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("QMP by a monitor");
	TCase *t = tcase_create("qmp");
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, command_is_passed_on_and_answered, 0, NELEM(answers));
	tcase_add_test(t, one_after_the_other_and_ours_between);
	tcase_add_test(t, long_answer_is_whole);
	tcase_add_loop_test(t, bad_answer_costs_itself, 0, 2);
	tcase_add_loop_test(t, what_is_no_command_is_refused, 0, NELEM(no_commands));
	tcase_add_test(t, a_descriptor_goes_with_it);
	tcase_add_test(t, its_end_is_told_to_who_asked);
	suite_add_tcase(s, t);
	return suite_run(s);
}
