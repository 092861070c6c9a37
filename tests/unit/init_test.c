/* warren-init from outside: its orders, the commands that it becomes, and the built-in init. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "protocol/start.h"
#include "tests/unit/suite.h"
#include "protocol/orders.h"

enum { WAIT_MS = 20000 };

static struct {
	pid_t pid;
	int errors, out; /* out: the console's other end */
	int orders;
	char seen[4096]; /* what came out so far */
	size_t n;
	const char *rc; /* in a zone of its own with this /etc/rc ("": none) */
	mode_t mode;
	bool tty;
} z;

static void place(int from, int to)
{
	if (dup2(from, to) < 0)
		_exit(126);
}

static void write_rc(void)
{
	int fd = -1;
	if (mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/etc", "tmpfs", 0, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		_exit(125);
	if (z.rc[0] == '\0')
		return;
	fd = open("/etc/rc", O_CREAT | O_WRONLY | O_CLOEXEC, z.mode);
	if (fd < 0 || fchmod(fd, z.mode) < 0 || fd_write_all(fd, z.rc, strlen(z.rc)) < 0)
		_exit(125);
	close(fd);
}

static void become_init(int errors, int out)
{
	const char *dir = getenv("WARREN_BUILD");
	char path[PATH_MAX];
	int orders = fcntl(z.orders, F_DUPFD, 100), err = fcntl(errors, F_DUPFD, 100);
	snprintf(path, sizeof(path), "%s/warren-init", dir != NULL ? dir : "build");
	if (z.rc != NULL)
		write_rc();
	place(z.tty ? out : open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	place(out, 1);
	place(out, 2);
	place(err, ZONE_FD_ERROR);
	place(orders, ZONE_FD_ORDERS);
	close_range(ZONE_FD_ORDERS + 1, ~0U, 0);
	execl(path, path, (char *)NULL);
	_exit(126);
}

static void make_out(int p[2])
{
	if (!z.tty) {
		ck_assert_int_eq(pipe2(p, O_CLOEXEC), 0);
		return;
	}
	p[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert(p[0] >= 0 && unlockpt(p[0]) == 0);
	p[1] = ioctl(p[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(p[1], 0);
}

static void start(void)
{
	int errors[2], out[2];
	long flags = SIGCHLD | (z.rc != NULL ? CLONE_NEWPID | CLONE_NEWNS : 0);
	ck_assert_int_eq(pipe2(errors, O_CLOEXEC), 0);
	make_out(out);
	z.pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
	ck_assert_int_ge(z.pid, 0);
	if (z.pid == 0)
		become_init(errors[1], out[1]);
	close(errors[1]);
	close(out[1]);
	close(z.orders);
	z.errors = errors[0];
	z.out = out[0];
}

/* count: how many of the strings are argv; the rest is the environment. */
static void give(const char *const *words, uint32_t argc)
{
	struct orders o = {.magic = ORDERS_MAGIC, .argc = argc};
	z.orders = memfd_create("orders", MFD_CLOEXEC);
	ck_assert_int_eq(lseek(z.orders, sizeof(o), SEEK_SET), sizeof(o));
	for (uint32_t i = 0; words[i] != NULL; i++) {
		ck_assert_int_eq(fd_write_all(z.orders, words[i], strlen(words[i]) + 1), 0);
		o.size += (uint32_t)strlen(words[i]) + 1;
		o.envc += i >= argc;
	}
	ck_assert_int_eq(pwrite(z.orders, &o, sizeof(o), 0), sizeof(o));
	start();
}

static void wait_in(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "nothing came in time; so far: %s", z.seen);
}

static void expect_out(const char *text)
{
	while (strstr(z.seen, text) == NULL) {
		wait_in(z.out);
		ssize_t n = read(z.out, z.seen + z.n, sizeof(z.seen) - 1 - z.n);
		ck_assert_msg(n > 0, "the end came after: %s", z.seen);
		z.n += (size_t)n;
		z.seen[z.n] = '\0';
	}
}

/* An error, or code 0: it runs. */
static struct err outcome(void)
{
	struct err e = {0};
	wait_in(z.errors);
	ssize_t n = read(z.errors, &e, sizeof(e));
	ck_assert(n == 0 || n == (ssize_t)sizeof(e));
	return e;
}

static int ended(void)
{
	int status;
	ck_assert_int_eq(waitpid(z.pid, &status, 0), z.pid);
	return status;
}

#define HEAD(...)                                                                                  \
	{                                                                                          \
		ORDERS_MAGIC, __VA_ARGS__                                                          \
	}

static const struct {
	struct orders head;
	size_t nhead;
	const char *strings;
	size_t n;
} damaged[] = {
    {HEAD(1, 0, 3), 0, "", 0},
    {HEAD(1, 0, 3), sizeof(struct orders) - 1, "", 0},
    {{1, 1, 0, 3}, sizeof(struct orders), "sh", 3},
    {HEAD(1, 0, 3), sizeof(struct orders), "sh", 2},
    {HEAD(1, 0, 3), sizeof(struct orders), "sh\0", 4},
    {HEAD(1, 0, 2), sizeof(struct orders), "sh", 2},
    {HEAD(2, 0, 3), sizeof(struct orders), "sh", 3},
    {HEAD(1, 1, 3), sizeof(struct orders), "sh", 3},
    {HEAD(0, 0, 3), sizeof(struct orders), "sh", 3},
    {HEAD(1, 0, 0), sizeof(struct orders), "", 0},
    {HEAD(UINT32_MAX, 2, 3), sizeof(struct orders), "sh", 3},
    {HEAD(1, UINT32_MAX, 3), sizeof(struct orders), "sh", 3},
    {HEAD(ORDERS_STRINGS, 1, 3), sizeof(struct orders), "sh", 3},
    {HEAD(1, 0, ORDERS_MAX + 1), sizeof(struct orders), "sh", 3},
    {HEAD(1, 0, UINT32_MAX), sizeof(struct orders), "sh", 3},
};

START_TEST(damaged_orders_are_refused)
{
	z.orders = memfd_create("orders", MFD_CLOEXEC);
	ck_assert_int_eq(fd_write_all(z.orders, &damaged[_i].head, damaged[_i].nhead), 0);
	ck_assert_int_eq(fd_write_all(z.orders, damaged[_i].strings, damaged[_i].n), 0);
	start();
	struct err e = outcome();
	ck_assert_int_eq(e.code, EBADMSG);
	ck_assert_msg(strncmp(e.text, "init: its orders are damaged: ", 30) == 0, "%s", e.text);
	ck_assert_int_eq(ended(), 127 << 8);
}
END_TEST

static const struct {
	const char *words[8];
	uint32_t argc;
	const char *out;
} commands[] = {
    {{"/bin/sh", "-c", "echo $A.$0.$#", "name", "", "A=b"}, 5, "b.name.1\n"},
    {{"sh", "-c", "echo found"}, 3, "found\n"},
    {{"sh", "-c", "echo found", "PATH=/nonesuch::/dev/null:/bin"}, 3, "found\n"},
    {{"/usr/bin/env"}, 1, ""}, {{"/usr/bin/env", "X=1", "Y=2"}, 1, "X=1\nY=2\n"},
    {{"/bin/sh", "-c", "ls /proc/self/fd | wc -l"}, 3, "4\n"}, /* 0, 1, 2 and ls's own */
};

START_TEST(command_is_run)
{
	give(commands[_i].words, commands[_i].argc);
	ck_assert_int_eq(outcome().code, 0);
	expect_out(commands[_i].out);
	ck_assert_int_eq(ended(), 0);
	expect_out(commands[_i].out);
	ck_assert_str_eq(z.seen, commands[_i].out);
}
END_TEST

static const struct {
	const char *words[3];
	int code;
	const char *text;
} refused[] = {
    {{"/sbin/nonesuch"}, ENOENT,
	"init: no such program \"/sbin/nonesuch\" in this zone: give the path of one"},
    {{"none\033such"}, ENOENT,
	"init: no such program \"none?such\" in this zone: give the path of one"},
    {{"sh", "PATH=/nonesuch"}, ENOENT,
	"init: no such program \"sh\" in this zone: give the path of one"},
    {{"sh", "PATH="}, ENOENT, "init: no such program \"sh\" in this zone: give the path of one"},
    {{""}, ENOENT, "init: no such program \"\" in this zone: give the path of one"},
    {{"/etc/passwd"}, EACCES,
	"init: \"/etc/passwd\" may not be executed: give the path of a program"},
    {{"/etc"}, EACCES, "init: \"/etc\" may not be executed: give the path of a program"},
};

START_TEST(refusal_tells_why)
{
	give(refused[_i].words, 1);
	struct err e = outcome();
	ck_assert_str_eq(e.text, refused[_i].text);
	ck_assert_int_eq(e.code, refused[_i].code);
	ck_assert_int_eq(ended(), 127 << 8);
}
END_TEST

/* kill(-1) outside of a zone would end this machine. */
START_TEST(builtin_is_for_process_1_only)
{
	give((const char *const[]){NULL}, 0);
	ck_assert_str_eq(outcome().text, "init: only process 1 of a zone can be its init");
	ck_assert_int_eq(ended(), 127 << 8);
}
END_TEST

START_TEST(ends_with_its_parent)
{
	int out[2];
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	pid_t parent = fork();
	if (parent == 0) {
		place(out[1], 1);
		give((const char *const[]){"/bin/sh", "-c", "echo up; read x; exec sleep 1000",
			 NULL},
		    3);
		expect_out("up");
		fd_write_all(1, "up", 2);
		pause();
	}
	close(out[1]);
	z.out = out[0];
	expect_out("up");
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	char byte;
	wait_in(out[0]);
	ck_assert_int_eq(read(out[0], &byte, 1), 0);
}
END_TEST

static void zone(const char *rc, mode_t mode, bool tty)
{
	z.rc = rc;
	z.mode = mode;
	z.tty = tty;
	give((const char *const[]){"PATH=/usr/bin:/bin", NULL}, 0);
	struct err e = outcome();
	ck_assert_msg(e.code == 0, "%s", e.text);
}

static const int endings[] = {SIGTERM, SIGINT, SIGPWR};

START_TEST(empty_zone_ends_at_once)
{
	zone("", 0, false);
	kill(z.pid, endings[_i]);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(zone_ends_after_its_processes)
{
	zone("trap 'echo bye; exit' TERM\nsh -c 'echo up; exec sleep 1000' &\nwait\n", 0644, false);
	expect_out("up");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
	expect_out("bye");
}
END_TEST

START_TEST(console_shell_ends_too)
{
	zone("echo up; exec sh -i\n", 0644, true);
	expect_out("up");
	expect_out("# ");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(signals_are_passed_on)
{
	zone("trap 'echo usr1; exit' USR1\necho up\nsleep 1000 & wait\n", 0644, false);
	expect_out("up");
	kill(z.pid, SIGUSR1);
	expect_out("usr1");
	kill(z.pid, SIGKILL);
	ck_assert_int_eq(ended(), SIGKILL);
}
END_TEST

#define INITCTL(cmd, level)                                                                        \
	"{ printf '\\151\\031\\011\\003\\00" cmd "\\000\\000\\000" level                           \
	"\\000\\000\\000\\000\\000\\000\\000'; head -c 368 /dev/zero; } |"                         \
	" dd bs=384 iflag=fullblock of=/run/initctl 2>/dev/null\n"

static const struct {
	const char *asks;
	int status;
} requests[] = {
    {"kill -TERM 1\n", SIGHUP}, /* reboot(2)'s two signals */
    {"kill -INT 1\n", SIGHUP},
    {"kill -USR1 1\n", 0},
    {"kill -USR2 1\n", 0},
    {INITCTL("1", "6"), SIGHUP},
    {INITCTL("1", "0"), 0},
    {"echo >/run/initctl\n" INITCTL("2", "6") INITCTL("1", "3") "kill -USR2 1\n", 0},
};

START_TEST(what_is_in_it_may_ask_for_its_end)
{
	char rc[1024];
	snprintf(rc, sizeof(rc),
	    "trap 'echo bye; exit' TERM\n(%s)&\nwhile :; do sleep 1000 & wait $!; done\n",
	    requests[_i].asks);
	zone(rc, 0644, false);
	ck_assert_int_eq(ended(), requests[_i].status);
	expect_out("bye");
}
END_TEST

START_TEST(orphans_are_reaped)
{
	zone("p=$(sh -c 'true >/dev/null & echo $!')\nwhile kill -0 $p 2>/dev/null; do :; done\n"
	     "echo reaped\nsleep 1000",
	    0644, false);
	expect_out("reaped");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

static const struct {
	const char *text;
	mode_t mode;
} scripts[] = {
    {"echo ran-$0\n", 0644},
    {"#!/bin/sh\necho ran-$0\n", 0755},
    {"echo ran-$0\n", 0755},
};

START_TEST(rc_is_run)
{
	zone(scripts[_i].text, scripts[_i].mode, false);
	expect_out("ran-/etc/rc\n");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

START_TEST(rc_has_the_terminal)
{
	zone("trap 'echo int; exit' INT\necho up >/dev/tty\nsleep 1000 & wait\n", 0644, true);
	expect_out("up");
	ck_assert_int_eq(write(z.out, "\003", 1), 1);
	expect_out("int");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

/* What rc leaves running keeps the console, and another program may take the terminal. */
START_TEST(rc_leaves_the_console_in_order)
{
	zone("(while kill -0 $$ 2>/dev/null; do :; done; echo late; "
	     "setsid -c sh -c 'echo mine >/dev/tty' <&1; sleep 1000) &\nexit 0\n",
	    0644, true);
	expect_out("late");
	expect_out("mine");
	kill(z.pid, SIGTERM);
	ck_assert_int_eq(ended(), 0);
}
END_TEST

static void forget(void)
{
	memset(&z, 0, sizeof(z));
}

static bool can_make_zones(void)
{
	pid_t pid =
	    (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID | CLONE_NEWNS, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

static TCase *commands_case(void)
{
	TCase *t = tcase_create("command");
	tcase_add_checked_fixture(t, forget, NULL);
	tcase_add_loop_test(t, damaged_orders_are_refused, 0, NELEM(damaged));
	tcase_add_loop_test(t, command_is_run, 0, NELEM(commands));
	tcase_add_loop_test(t, refusal_tells_why, 0, NELEM(refused));
	tcase_add_test(t, builtin_is_for_process_1_only);
	tcase_add_test(t, ends_with_its_parent);
	return t;
}

static TCase *builtin_case(void)
{
	TCase *t = tcase_create("built-in");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, forget, NULL);
	tcase_add_loop_test(t, empty_zone_ends_at_once, 0, NELEM(endings));
	tcase_add_test(t, zone_ends_after_its_processes);
	tcase_add_test(t, console_shell_ends_too);
	tcase_add_test(t, signals_are_passed_on);
	tcase_add_loop_test(t, what_is_in_it_may_ask_for_its_end, 0, NELEM(requests));
	tcase_add_test(t, orphans_are_reaped);
	tcase_add_loop_test(t, rc_is_run, 0, NELEM(scripts));
	tcase_add_test(t, rc_has_the_terminal);
	tcase_add_test(t, rc_leaves_the_console_in_order);
	return t;
}

int main(void)
{
	Suite *s = suite_create("init");
	suite_add_tcase(s, commands_case());
	if (can_make_zones())
		suite_add_tcase(s, builtin_case());
	else
		printf(
		    "SKIP the built-in init: a PID namespace can't be made here (are you root?)\n");
	return suite_run(s);
}
