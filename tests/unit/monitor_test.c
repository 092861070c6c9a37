/* warren-monitor from outside: what the daemon and the zone see of it. */
#include "tests/unit/monitor_zone.h"

#include <sys/stat.h>

#include "base/list.h"
#include "tests/unit/suite.h"

START_TEST(console_goes_to_log)
{
	zone_sh(false, "echo hello from the zone; read x");
	wait_log("hello from the zone\r\n");
	zone_stop();
}
END_TEST

START_TEST(typed_bytes_arrive)
{
	zone_sh(false, "read x; echo got-$x-; read x");
	ck_assert_int_eq(done(typing("abc\n")), 0);
	wait_log("got-abc-");
	zone_stop();
}
END_TEST

START_TEST(nobody_reads_what_is_typed)
{
	static struct mon_request r = {.op = MON_TYPE, .len = MON_BYTES};
	struct mon_event e;
	zone_sh(false, "stty raw -echo; echo up; trap '' HUP; sleep 1000");
	wait_log("up");
	int code = 0;
	for (int i = 0; i < 80 && code == 0; i++) {
		uint32_t seq = ask(r);
		hello(z.sock); /* the monitor is not held up */
		code = from_inbox(MON_DONE, seq, &e) ? e.err.code : 0;
	}
	ck_assert_int_eq(code, ENOSPC);
	ck_assert_int_eq(done((struct mon_request){.op = MON_HALT}), 0);
	e = ended();
	ck_assert_int_eq(e.asked, 1);
	zone_stop();
}
END_TEST

START_TEST(shutdown_asks_init)
{
	zone_sh(false, "trap 'kill $!; exit 3' TERM; sh -c 'echo up; exec sleep 1000' & wait");
	wait_log("up");
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 60}), 0);
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, 3 << 8);
	ck_assert_int_eq(e.asked, 1);
	zone_stop();
}
END_TEST

START_TEST(shutdown_halts_in_the_end)
{
	zone_sh(false, "trap '' TERM; echo up; exec sleep 1000");
	wait_log("up");
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 600}), 0);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 1}), 0);
	struct mon_event e = ended();
	ck_assert_int_eq(e.status, SIGKILL);
	ck_assert_int_eq(e.asked, 2);
	zone_stop();
}
END_TEST

START_TEST(status_is_kept_until_bye)
{
	int status;
	zone_sh(false, "echo last words; exit 7");
	ended();
	close(z.sock);
	z.sock = dial();
	struct mon_event e = hello(z.sock);
	ck_assert_int_eq(e.state, MON_ENDED);
	ck_assert_int_eq(e.status, 7 << 8);
	ck_assert_int_eq(e.asked, 0);
	ck_assert(in_log("last words"));
	ck_assert_int_eq(done(typing("x")), ESRCH);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SIGNAL, .signal = SIGUSR1}), ESRCH);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SHUTDOWN, .value = 1}), ESRCH);
	ck_assert_int_eq(done((struct mon_request){.op = MON_HALT}), ESRCH);
	ask((struct mon_request){.op = MON_BYE});
	ck_assert_int_eq(waitpid(z.monitor, &status, 0), z.monitor);
	ck_assert_int_eq(status, 0);
	z.monitor = fork();
	if (z.monitor == 0)
		_exit(0);
	zone_stop();
}
END_TEST

START_TEST(bye_needs_an_end)
{
	zone_sh(false, "read x");
	ck_assert_int_eq(done((struct mon_request){.op = MON_BYE}), EEXIST);
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	zone_stop();
}
END_TEST

static const struct {
	size_t size;
	struct mon_request r;
} malformed[] = {
    {1, {.op = MON_HELLO}},
    {sizeof(struct mon_request) - 1, {.op = MON_HELLO}},
    {sizeof(struct mon_request) + 1, {.op = MON_HELLO}},
    {sizeof(struct mon_request), {.op = MON_OPS, .len = MON_BYTES + 1}},
    {sizeof(struct mon_request), {.op = MON_TYPE, .len = MON_BYTES + 1}},
    {sizeof(struct mon_request), {.op = MON_HELLO, .len = UINT32_MAX}},
};

START_TEST(malformed_ends_the_connection)
{
	static char packet[sizeof(struct mon_request) + 1];
	zone_sh(false, "read x");
	int other = dial();
	memcpy(packet, &malformed[_i].r, sizeof(struct mon_request));
	ck_assert_int_eq(wire_send(z.sock, packet, malformed[_i].size, NULL, 0), 0);
	wait_gone(z.sock);
	ck_assert_int_eq(hello(other).state, MON_RUNNING);
	close(other);
	zone_stop();
}
END_TEST

/* As an upgraded daemon may ask. */
START_TEST(unknown_request_is_refused)
{
	const uint32_t unknown[] = {MON_STATUS, MON_OPS, MON_OPS + 1, UINT32_MAX};
	zone_sh(false, "read x");
	for (size_t i = 0; i < NELEM(unknown); i++)
		ck_assert_int_eq(done((struct mon_request){.op = unknown[i]}), EOPNOTSUPP);
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	zone_stop();
}
END_TEST

START_TEST(signals_are_guarded)
{
	zone_sh(false, "trap 'echo usr1' USR1; echo up; while :; do read x; done");
	wait_log("up");
	pid_t init = hello(z.sock).init;
	const struct {
		int pid, signal, code;
	} rows[] = {
	    {-1, SIGTERM, EINVAL},
	    {z.monitor, SIGKILL, EINVAL},
	    {0, -1, EINVAL},
	    {0, 65, EINVAL},
	    {0, 0, 0},
	    {init, SIGUSR1, 0},
	};
	for (size_t i = 0; i < NELEM(rows); i++)
		ck_assert_int_eq(
		    done((struct mon_request){
			.op = MON_SIGNAL, .pid = rows[i].pid, .signal = rows[i].signal}),
		    rows[i].code);
	ck_assert_int_eq(done(typing("\n")), 0);
	wait_log("usr1");
	zone_stop();
}
END_TEST

START_TEST(only_kill_ends_the_monitor)
{
	zone_sh(false, "read x");
	hello(z.sock);
	const int all[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGUSR1, SIGALRM, SIGXFSZ, SIGRTMAX};
	for (size_t i = 0; i < NELEM(all); i++)
		kill(z.monitor, all[i]);
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	zone_stop();
}
END_TEST

START_TEST(told_to_end_it_asks_its_zone_and_goes_after_it)
{
	zone_sh(false, "trap 'echo bye; read x; exit 7' TERM; echo up; read y; read y");
	hello(z.sock);
	wait_log("up");
	kill(z.monitor, SIGTERM);
	wait_log("bye");
	kill(z.monitor, SIGTERM);
	ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	ck_assert_int_eq(done(typing("\n")), 0);
	struct mon_event e = expect(MON_STATUS, MON_ENDED);
	ck_assert_int_eq(e.status, 7 << 8);
	ck_assert_int_eq(e.asked, 1);
	int status;
	ck_assert_int_eq(waitpid(z.monitor, &status, 0), z.monitor);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	zone_stop();
}
END_TEST

START_TEST(ninth_connection_is_refused)
{
	int more[8];
	zone_sh(false, "read x");
	for (size_t i = 0; i < NELEM(more); i++)
		more[i] = dial();
	wait_gone(more[7]);
	ck_assert_int_eq(hello(more[6]).state, MON_RUNNING);
	for (size_t i = 0; i < NELEM(more); i++)
		close(more[i]);
	zone_stop();
}
END_TEST

/* A client that watches and never reads costs the others nothing, a flood costs no memory. */
START_TEST(flood_is_drained)
{
	enum { FLOOD = 2 << 20 };
	zone_sh(false, "echo up; exec yes abcdefghijklmnopqrstuvwxyz");
	wait_log("up");
	int deaf = dial();
	ask_at(deaf, (struct mon_request){.op = MON_WATCH, .value = 1});
	while (ring_total(&z.log) < FLOOD)
		ck_assert_int_eq(hello(z.sock).state, MON_RUNNING);
	long kib = private_kib();
	ck_assert_msg(kib > 0 && kib < PRIVATE_MAX, "%ld KiB private", kib);
	ck_assert_int_eq(done((struct mon_request){.op = MON_HALT}), 0);
	ended();
	close(deaf);
	zone_stop();
}
END_TEST

static char state_of(pid_t pid)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	return *(strrchr(text, ')') + 2);
}

/* A pty without users polls as hung up: that must cost no CPU, and the next user is heard. */
START_TEST(console_may_be_closed_and_opened)
{
	char fifo[64], script[512], byte;
	snprintf(fifo, sizeof(fifo), "/tmp/warren-test-fifo.%d", (int)getpid());
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	snprintf(script, sizeof(script),
	    "tty=$(tty); trap 'read x <$tty; echo back-$x >$tty; kill $!; exit 0' USR1; "
	    "exec </dev/null >/dev/null 2>&1; sleep 1000 & echo x >%s; wait",
	    fifo);
	zone_sh(false, script);
	int fd = open(fifo, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	hello(z.sock);
	int tries = 0;
	while (state_of(z.monitor) != 'S' && tries++ < 100000)
		;
	ck_assert_int_eq(state_of(z.monitor), 'S');
	ck_assert_int_eq(done(typing("kept\n")), 0);
	ck_assert_int_eq(done((struct mon_request){.op = MON_SIGNAL, .signal = SIGUSR1}), 0);
	ended();
	ck_assert(in_log("back-kept"));
	close(fd);
	unlink(fifo);
	zone_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("monitor");
	TCase *t = tcase_create("zone");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, console_goes_to_log);
	tcase_add_test(t, typed_bytes_arrive);
	tcase_add_test(t, nobody_reads_what_is_typed);
	tcase_add_test(t, shutdown_asks_init);
	tcase_add_test(t, shutdown_halts_in_the_end);
	tcase_add_test(t, status_is_kept_until_bye);
	tcase_add_test(t, bye_needs_an_end);
	tcase_add_loop_test(t, malformed_ends_the_connection, 0, NELEM(malformed));
	tcase_add_test(t, unknown_request_is_refused);
	tcase_add_test(t, signals_are_guarded);
	tcase_add_test(t, only_kill_ends_the_monitor);
	tcase_add_test(t, told_to_end_it_asks_its_zone_and_goes_after_it);
	tcase_add_test(t, ninth_connection_is_refused);
	tcase_add_test(t, flood_is_drained);
	tcase_add_test(t, console_may_be_closed_and_opened);
	suite_add_tcase(s, t);
	return suite_run(s);
}
