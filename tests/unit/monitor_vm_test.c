/* warren-monitor with a VM: this test is in QEMU's place, and at last there is a real QEMU. */
#include "tests/unit/monitor_vm.h"

#include "base/list.h"
#include "tests/unit/suite.h"

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

#define PANIC "the guest's kernel panicked"

static const struct {
	const char *event, *state;
	int code;
	const char *why;
} breaks[] = {
    {EVENT("STOP", ""), "internal-error", EIO,
	"the guest can't go on: QEMU reports internal-error (under KVM: an instruction that this "
	"host's KVM does not know)"},
    {EVENT("STOP", ""), "guest-panicked", ENOTRECOVERABLE, PANIC},
    {EVENT("GUEST_PANICKED", "\"action\": \"pause\""), NULL, ENOTRECOVERABLE, PANIC},
};

START_TEST(broken_guest_is_told)
{
	vm_start(GUEST);
	say(breaks[_i].event);
	if (breaks[_i].state != NULL) {
		hear("\"query-status\"");
		say_status(breaks[_i].state);
	}
	struct mon_event e = expect(MON_STATUS, MON_FAILED);
	ck_assert_str_eq(e.err.text, breaks[_i].why);
	ck_assert_int_eq(e.err.code, breaks[_i].code);
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
	expect(MON_STATUS, MON_FAILED);
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
    "{\"event\": 5}\r\n{\"event\": {}}\r\n{}\r\n\r\n\n{\"return\": {}}\r\n{\"return\": [], \"id\": "
    "\"warren:status\"}\r\n",
    "{\"error\": {\"class\": \"x\", \"desc\": \"y\"}, \"id\": \"warren:powerdown\"}\r\n{\"id\": "
    "[]}\r\n",
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
	say(EVENT("SHUTDOWN", "\"reason\": \"end\""));
	wait_log("SHUTDOWN end");
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

#define DISK_STOPS(more)                                                                           \
	EVENT("BLOCK_IO_ERROR",                                                                    \
	    "\"device\": \"\", \"node-name\": \"disk3\", \"action\": \"stop\", " more)

static const struct {
	const char *said, *state;
	int code;
	const char *why;
} stops[] = {
    {DISK_STOPS("\"nospace\": true, \"reason\": \"x\""), "io-error", ENOSPC,
	"disk3: no space left where its file is: make room, then resume"},
    {DISK_STOPS("\"nospace\": false, \"reason\": \"bad\\u001b[1m\""), "io-error", EIO,
	"disk3: it can't be read or written (bad?[1m): mend that, then resume"},
    {EVENT("BLOCK_IO_ERROR", "\"node-name\": \"#block123\", \"action\": \"stop\""), "io-error", EIO,
	"a disk: it can't be read or written (): mend that, then resume"},
    {"", "io-error", EIO, "a disk can't be read or written: mend that, then resume"},
    {"", "suspended", EINTR, "suspended: its own system sleeps: resume wakes it"},
    {"", "watchdog", EINTR, "watchdog: the guest no longer feeds it"},
    {"", "paused", 0, ""},
    {EVENT("BLOCK_IO_ERROR", "\"node-name\": \"disk3\", \"action\": \"report\""), "paused", 0, ""},
};

/* Who resumes it hears of the next reason anew. */
START_TEST(guest_that_stands_still_is_told)
{
	vm_start(GUEST);
	for (int i = 0; i < 2; i++) {
		say(stops[_i].said);
		say(EVENT("STOP", ""));
		hear("\"query-status\"");
		say_status(stops[_i].state);
		say_status(stops[_i].state); /* is the same stop */
		struct mon_event e = expect(MON_STATUS, MON_PAUSED);
		ck_assert_int_eq(e.err.code, stops[_i].code);
		ck_assert_str_eq(e.err.text, stops[_i].why);
		ck_assert_int_eq(done((struct mon_request){.op = MON_PAUSE, .value = 0}), 0);
		hear(strcmp(stops[_i].state, "suspended") == 0 ? "\"system_wakeup\"" : "\"cont\"");
		say(EVENT("RESUME", ""));
		hear("\"query-status\"");
		say_status("running");
		ck_assert_int_eq(expect(MON_STATUS, MON_RUNNING).err.code, 0);
	}
	say(stops[0].said);
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	say_status("io-error");
	expect(MON_STATUS, MON_PAUSED);
	ck_assert_str_eq(end_with("0\n").err.text, ""); /* of its end that is no reason */
	vm_stop();
}
END_TEST

#define RESET_AT(guest, seconds)                                                                   \
	"{\"event\": \"RESET\", \"data\": {\"guest\": " guest ", \"reason\": \"x\"}, "             \
	"\"timestamp\": {\"seconds\": " seconds "}}\r\n"

/* A firmware's own resets follow at once. */
START_TEST(resets_are_counted)
{
	vm_start(GUEST);
	say(RESET_AT("true", "100, \"microseconds\": 5")
		RESET_AT("true", "100, \"microseconds\": 9000"));
	say(RESET_AT("false", "200") RESET_AT("true", "300") RESET_AT("true", "300"));
	while (expect(MON_STATUS, MON_RUNNING).resets != 2)
		;
	say(EVENT("SHUTDOWN", "\"reason\": \"end\""));
	wait_log("SHUTDOWN end");
	ck_assert_uint_eq(hello(z.sock).resets, 2);
	vm_stop();
}
END_TEST

START_TEST(hangs_are_counted)
{
	vm_start(GUEST);
	say(EVENT("WATCHDOG", "\"action\": \"reset\""));
	while (expect(MON_STATUS, MON_RUNNING).hangs != 1)
		;
	say(EVENT("WATCHDOG", "\"action\": \"poweroff\""));
	struct mon_event e = expect(MON_STATUS, MON_FAILED);
	ck_assert_uint_eq(e.hangs, 2);
	ck_assert_str_eq(e.err.text, "the guest no longer fed its watchdog");
	vm_stop();
}
END_TEST

/* The daemon then asks QEMU itself. */
START_TEST(change_of_memory_is_told)
{
	vm_start(GUEST);
	say(EVENT("MEMORY_DEVICE_SIZE_CHANGE", "\"id\": \"more\", \"size\": 1"));
	expect(MON_STATUS, MON_RUNNING);
	say(EVENT("MEMORY_DEVICE_SIZE_CHANGE", "\"id\": 7"));
	expect(MON_STATUS, MON_RUNNING);
	vm_stop();
}
END_TEST

START_TEST(end_by_reset_is_a_reboot)
{
	vm_start(GUEST);
	say(EVENT("SHUTDOWN", "\"guest\": true, \"reason\": \"guest-reset\""));
	wait_log("guest-reset");
	ck_assert_int_eq(end_with(_i == 0 ? "0\n" : "3\n").status, _i == 0 ? SIGHUP : 3 << 8);
	vm_stop();
}
END_TEST

/* It may say so and end at once. */
START_TEST(last_event_is_heard)
{
	zone_sh(true, "printf '%s\\r\\n' '{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": "
		      "\"host-signal\"}}' >&6; exit 0");
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, 0);
	ck_assert_str_eq(e.err.text, "QEMU was ended by a signal that nobody asked for");
	vm_stop();
}
END_TEST

START_TEST(button_is_pressed_until_it_is_heard)
{
	vm_start(GUEST);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	hear("\"system_powerdown\"");
	hear("\"system_powerdown\"");
	ck_assert_int_eq(end_with("0\n").asked, 1);
	vm_stop();
}
END_TEST

START_TEST(halt_after_the_seconds_is_told)
{
	vm_start(GUEST);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 1}), 0);
	ck_assert_int_eq(ended().asked, 2);
	vm_stop();
}
END_TEST

START_TEST(signal_that_was_asked_for_is_no_reason)
{
	vm_start("kill -STOP $$; exit 1");
	ck_assert_int_eq(done((struct mon_request){.op = MON_SIGNAL, .signal = SIGKILL}), 0);
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, SIGKILL);
	ck_assert_int_eq(e.err.code, 0);
	vm_stop();
}
END_TEST

START_TEST(other_words_change_nothing)
{
	vm_start(GUEST);
	say(harmless[_i]);
	say(EVENT("SHUTDOWN", "\"reason\": \"end\""));
	wait_log("SHUTDOWN end");
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

START_TEST(disk_that_is_named_late)
{
	vm_start(GUEST);
	say(EVENT("STOP", ""));
	hear("\"query-status\"");
	say_status("io-error");
	ck_assert_str_eq(expect(MON_STATUS, MON_PAUSED).err.text, stops[3].why);
	say(stops[0].said);
	ck_assert_str_eq(expect(MON_STATUS, MON_PAUSED).err.text, stops[0].why);
	say(stops[1].said); /* another disk's, or the same again: the first one counts */
	say(EVENT("RESUME", ""));
	hear("\"query-status\"");
	say_status("running");
	expect(MON_STATUS, MON_RUNNING);
	vm_stop();
}
END_TEST

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
    {"echo 'qemu-x: -a b: no' >&2; echo 'A hint?' >&2; exit 1", "qemu-x: -a b: no"},
    {"echo 'qemu-x: no' >&2; echo 'qemu-x: warning: old' >&2; exit 1", "qemu-x: no"},
    {"echo 'qemu-x: no' >&2; echo 'qemu-x: never' >&2; exit 1", "qemu-x: never"},
    {"exit 1", "QEMU ended with status 1 and did not say why"},
    {"echo all well >&2; exit 0", ""},
    {"echo one >&2; kill -9 $$", "QEMU was killed by signal 9"}, /* it had no time for words */
    {"echo one >&2; kill -6 $$", "one"},
    {"kill -6 $$", "QEMU was killed by signal 6"},
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
	zone_sh(true,
	    "exec " QEMU " -accel tcg -machine pc,graphics=off -m 32M -nodefaults -display none "
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
	tcase_add_loop_test(t, guest_that_stands_still_is_told, 0, NELEM(stops));
	tcase_add_test(t, disk_that_is_named_late);
	tcase_add_test(t, resets_are_counted);
	tcase_add_test(t, hangs_are_counted);
	tcase_add_test(t, change_of_memory_is_told);
	tcase_add_loop_test(t, end_by_reset_is_a_reboot, 0, 2);
	tcase_add_test(t, last_event_is_heard);
	tcase_add_test(t, button_is_pressed_until_it_is_heard);
	tcase_add_test(t, halt_after_the_seconds_is_told);
	tcase_add_test(t, signal_that_was_asked_for_is_no_reason);
	tcase_add_loop_test(t, other_words_change_nothing, 0, NELEM(harmless));
	tcase_add_loop_test(t, nonsense_costs_only_itself, 0, 3);
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
