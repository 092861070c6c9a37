/* warren-monitor with a VM: QEMU is played by the test, and at last by QEMU itself. */
#include "tests/unit/monitor_zone.h"

#include "base/list.h"
#include "tests/unit/suite.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
#define EVENT(name, data) "{\"event\": \"" name "\", \"data\": {" data "}, \"timestamp\": {}}\r\n"

/* What stands for QEMU ends with the status that the test writes to its input. */
#define GUEST "read x; exit $x"

static void say(const char *text)
{
	ck_assert_int_eq(fd_write_all(z.qmp[1], text, strlen(text)), 0);
}

static void say_status(const char *state)
{
	char text[128];
	snprintf(text, sizeof(text), "{\"return\": {\"status\": \"%s\"}, \"id\": \"warren:status\"}\r\n", state);
	say(text);
}

/* The monitor's next line is this command. */
static void hear(const char *command)
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

static void vm_start(const char *script)
{
	zone_sh(true, script);
	say(GREETING);
	hear("\"qmp_capabilities\"");
	say("{\"return\": {}, \"id\": \"warren:capabilities\"}\r\n");
	hear("\"query-status\"");
	say_status("running");
}

static void vm_stop(void)
{
	close(z.input[0]);
	close(z.qmp[1]);
	close(z.console[1]);
	zone_stop();
}

static struct mon_event end_with(const char *status)
{
	ck_assert_int_eq(fd_write_all(z.input[0], status, strlen(status)), 0);
	return ended();
}

START_TEST(serial_line_goes_both_ways)
{
	char byte = 0;
	vm_start(GUEST);
	ck_assert_int_eq(write(z.console[1], "booting\n", 8), 8);
	wait_log("booting\n");
	ck_assert_int_eq(done(typing("k")), 0);
	ck_assert_int_eq(read(z.console[1], &byte, 1), 1);
	ck_assert_int_eq(byte, 'k');
	vm_stop();
}
END_TEST

START_TEST(type_waits_for_the_guest)
{
	static struct mon_request r = {.op = MON_TYPE, .len = MON_BYTES};
	static char bytes[MON_BYTES];
	struct mon_event e;
	vm_start(GUEST);
	uint32_t seq = 0;
	int taken = 1;
	while (taken) { /* until the socket is full */
		seq = ask(r);
		hello(z.sock);
		taken = from_inbox(MON_DONE, seq, &e);
	}
	while (!from_inbox(MON_DONE, seq, &e)) {
		ck_assert_int_gt(read(z.console[1], bytes, sizeof(bytes)), 0);
		hello(z.sock);
	}
	ck_assert_int_eq(e.err.code, 0);
	vm_stop();
}
END_TEST

START_TEST(shutdown_is_a_powerdown)
{
	vm_start(GUEST);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	struct mon_event e = end_with("0\n");
	ck_assert_int_eq(e.status, 0);
	ck_assert_int_eq(e.asked, 1);
	vm_stop();
}
END_TEST

START_TEST(early_powerdown_waits_for_qemu)
{
	zone_sh(true, GUEST);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	say(GREETING);
	hear("\"qmp_capabilities\"");
	say("{\"return\": {}, \"id\": \"warren:capabilities\"}\r\n");
	hear("\"query-status\"");
	hear("\"system_powerdown\"");
	vm_stop();
}
END_TEST

static const struct {
	const char *event, *state, *why;
} breaks[] = {
	{EVENT("STOP", ""), "internal-error", "the guest cannot go on: QEMU reports internal-error "
					      "(under KVM: an instruction that this host's KVM does not know)"},
	{EVENT("STOP", ""), "guest-panicked", "the guest cannot go on: its kernel has panicked"},
	{EVENT("GUEST_PANICKED", "\"action\": \"pause\""), NULL, "the guest cannot go on: its kernel has panicked"},
};

START_TEST(broken_guest_is_told)
{
	vm_start(GUEST);
	say(breaks[_i].event);
	if (breaks[_i].state != NULL) {
		hear("\"query-status\"");
		say_status(breaks[_i].state);
	}
	struct mon_event e = expect(MON_STATUS, MON_BROKEN);
	ck_assert_str_eq(e.err.text, breaks[_i].why);
	ck_assert_int_eq(done((struct mon_request){.op = MON_HALT}), 0);
	e = ended();
	ck_assert_str_eq(e.err.text, breaks[_i].why);
	ck_assert(in_log(breaks[_i].why));
	vm_stop();
}
END_TEST

START_TEST(resumed_guest_is_told)
{
	vm_start(GUEST);
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	say_status("internal-error");
	expect(MON_STATUS, MON_BROKEN);
	say(EVENT("RESUME", ""));
	hear("\"query-status\"");
	say_status("running");
	ck_assert_int_eq(expect(MON_STATUS, MON_RUNNING).err.code, 0);
	vm_stop();
}
END_TEST

static const char *const harmless[] = {
	EVENT("STOP", "") "{\"return\": {\"status\": \"prelaunch\"}, \"id\": \"warren:status\"}\r\n",
	EVENT("GUEST_PANICKED", "\"action\": \"run\""),
	EVENT("SHUTDOWN", "\"guest\": true, \"reason\": \"guest-shutdown\""),
	EVENT("RESET", "\"guest\": true, \"reason\": 7"),
	EVENT("NEWS", ""),
	"{\"event\": 5}\r\n{\"event\": {}}\r\n{}\r\n\r\n\n{\"return\": {}}\r\n{\"return\": [], \"id\": \"warren:status\"}\r\n",
	"{\"error\": {\"class\": \"x\", \"desc\": \"y\"}, \"id\": \"warren:powerdown\"}\r\n{\"id\": []}\r\n",
	GREETING GREETING,
	"{\"return\": {\"status\": 3}, \"id\": \"warren:status\"}\r\n",
};

/* What QEMU was told, and what it says of itself, whoever told it. */
START_TEST(pause_is_a_stop)
{
	vm_start(GUEST);
	ck_assert_int_eq(done((struct mon_request){.op = MON_PAUSE, .value = 1}), 0);
	hear("\"stop\"");
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	say("{\"return\": {\"status\": \"paused\"}, \"id\": \"warren:status\"}\r\n");
	say(EVENT("RESET", "\"reason\": \"end\""));
	wait_log("RESET end");
	ck_assert_int_eq(hello(z.sock).state, MON_PAUSED);
	ck_assert_int_eq(done((struct mon_request){.op = MON_PAUSE, .value = 0}), 0);
	hear("\"cont\"");
	say(EVENT("RESUME", ""));
	hear("\"query-status\"");
	say("{\"return\": {\"status\": \"running\"}, \"id\": \"warren:status\"}\r\n");
	say(EVENT("RESET", "\"reason\": \"late\""));
	wait_log("RESET late");
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	vm_stop();
}
END_TEST

START_TEST(other_words_change_nothing)
{
	vm_start(GUEST);
	say(harmless[_i]);
	say(EVENT("RESET", "\"reason\": \"end\""));
	wait_log("RESET end");
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	ck_assert(!in_log("left out"));
	vm_stop();
}
END_TEST

START_TEST(nonsense_costs_only_itself)
{
	static char text[(200 << 10) + 1];
	memset(text, _i == 0 ? '[' : ' ', sizeof(text) - 1);
	memcpy(text, "{\"a\":", 5);
	vm_start(GUEST);
	say(_i == 2 ? "hello" : text);
	say("\r\n" EVENT("RESET", "\"reason\": \"later\""));
	wait_log("RESET later");
	ck_assert(in_log("left out"));
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	vm_stop();
}
END_TEST

/* ---- commands that are passed on ---- */

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
	uint32_t seq = ASK_QMP("{\"execute\": \"nonesuch\",\n \"arguments\": {\"b\": \"\\u00fc\"}}\n");
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

/* Longer than any answer, or no JSON: it costs that answer, and the next is right. */
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
	"", "hello", "[]", "{}", "{\"execute\": 3}", ASK("a") ASK("b"), "{\"execute\": \"a\"",
	"{\"execute\": \"a\", \"id\": \"warren:status\"}", "{\"execute\": \"a\nb\"}",
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
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c)};
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

/* The largest tree that a line can hold. */
START_TEST(hostile_json_leaves_no_memory)
{
	static char text[60 << 10];
	memset(text, '0', sizeof(text) - 1);
	for (size_t i = 1; i < sizeof(text) - 2; i += 2)
		text[i] = ',';
	vm_start(GUEST);
	for (int i = 0; i < 20; i++) {
		say("{\"event\": \"RESET\", \"data\": {\"reason\": \"end\"}, \"x\": [[[[[[[[");
		say(text);
		say("]]]]]]]]}\r\n");
	}
	say(EVENT("RESET", "\"reason\": \"really\""));
	wait_log("RESET really");
	ck_assert(in_log("RESET end"));
	long kib = private_kib();
	ck_assert_msg(kib > 0 && kib < PRIVATE_MAX, "%ld KiB private", kib);
	vm_stop();
}
END_TEST

#define OPEN64 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
#define LEAF16 "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]"

static const struct {
	const char *text;
	bool taken;
} depths[] = {
	{"{\"event\": \"RESET\", \"x\": \"" OPEN64 "\\\"[\"}\r\n", true},
	{"{\"event\": \"RESET\", \"x\": [{\"y\": [1, 2]}, [[]], " LEAF16 "]}\r\n", true},
	{"{\"event\": \"RESET\", \"x\": " OPEN64 "\r\n", false},
};

START_TEST(depth_is_bounded)
{
	vm_start(GUEST);
	say(depths[_i].text);
	wait_log(depths[_i].taken ? "RESET" : "left out");
	vm_stop();
}
END_TEST

static const struct {
	const char *script, *why;
} ends[] = {
	{"echo one >&2; echo two >&2; exit 1", "two"},
	{"echo one >&2; echo >&2; exit 1", "one"},
	{"printf 'no newline \\033[1m' >&2; exit 1", "no newline ?[1m"},
	{"exit 1", ""},
	{"echo all well >&2; exit 0", ""},
	{"echo one >&2; kill -9 $$", "one"},
};

START_TEST(last_words_are_the_reason)
{
	zone_sh(true, ends[_i].script);
	struct mon_event e = ended();
	ck_assert_str_eq(e.err.text, ends[_i].why);
	ck_assert_int_eq(e.err.code != 0, ends[_i].why[0] != '\0');
	vm_stop();
}
END_TEST

#define QEMU "qemu-system-x86_64"

START_TEST(qemu_itself)
{
	zone_sh(true, "exec " QEMU " -accel tcg -machine pc,graphics=off -m 32M -nodefaults -display none "
		      "-chardev socket,id=serial,fd=5 -serial chardev:serial "
		      "-chardev socket,id=qmp,fd=6 -mon chardev=qmp,mode=control");
	wait_log("SeaBIOS");
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 1}), 0);
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, SIGKILL); /* a BIOS knows no ACPI button */
	ck_assert(!in_log("warren:"));
	vm_stop();
}
END_TEST

START_TEST(qemu_that_refuses)
{
	zone_sh(true, "exec " QEMU " -machine nonesuch");
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, 1 << 8);
	ck_assert_msg(e.err.text[0] != '\0', "no reason");
	vm_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("monitor of a VM");
	TCase *t = tcase_create("vm");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, serial_line_goes_both_ways);
	tcase_add_test(t, type_waits_for_the_guest);
	tcase_add_test(t, shutdown_is_a_powerdown);
	tcase_add_test(t, pause_is_a_stop);
	tcase_add_test(t, early_powerdown_waits_for_qemu);
	tcase_add_loop_test(t, broken_guest_is_told, 0, NELEM(breaks));
	tcase_add_test(t, resumed_guest_is_told);
	tcase_add_loop_test(t, other_words_change_nothing, 0, NELEM(harmless));
	tcase_add_loop_test(t, nonsense_costs_only_itself, 0, 3);
	tcase_add_loop_test(t, command_is_passed_on_and_answered, 0, NELEM(answers));
	tcase_add_test(t, one_after_the_other_and_ours_between);
	tcase_add_test(t, long_answer_is_whole);
	tcase_add_loop_test(t, bad_answer_costs_itself, 0, 2);
	tcase_add_loop_test(t, what_is_no_command_is_refused, 0, NELEM(no_commands));
	tcase_add_test(t, a_descriptor_goes_with_it);
	tcase_add_test(t, its_end_is_told_to_who_asked);
	tcase_add_test(t, hostile_json_leaves_no_memory);
	tcase_add_loop_test(t, depth_is_bounded, 0, NELEM(depths));
	tcase_add_loop_test(t, last_words_are_the_reason, 0, NELEM(ends));
	if (access("/usr/bin/" QEMU, X_OK) == 0) {
		tcase_add_test(t, qemu_itself);
		tcase_add_test(t, qemu_that_refuses);
	} else {
		printf("SKIP qemu_itself, qemu_that_refuses: no /usr/bin/" QEMU "\n");
	}
	suite_add_tcase(s, t);
	return suite_run(s);
}
