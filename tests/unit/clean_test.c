/* What a taken-over daemon or a hostile monitor leaves for the helper to stumble over. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "mount-helper/clean.h"
#include "mount-helper/kit/dirs.h"
#include "mount-helper/kit/remove.h"
#include "protocol/ids.h"
#include "mount-helper/kit/sys.h"
#include "tests/unit/suite.h"

enum { ID = 7, MONITOR = UID_FIRST + UID_COUNT - 1 };

static char scratch[64];

static void scratch_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/warren-clean.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
	ck_assert_int_eq(chdir(scratch), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
}

static void scratch_remove(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	cleanup_fd int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(remove_all(tmp, strrchr(scratch, '/') + 1), 0);
}

/* A monitor that listens at ./7; *listener is what a zone may keep of it. */
static pid_t monitor_start(int *listener)
{
	int ends[2], n = 0;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setresuid(MONITOR, MONITOR, MONITOR) < 0)
			_exit(1);
		int dir = open(".", O_RDONLY | O_DIRECTORY), s = wire_listen(dir, "7", SOCK_SEQPACKET);
		wire_send(ends[1], "x", 1, &s, s >= 0 ? 1 : 0);
		pause();
		_exit(0);
	}
	char x;
	ck_assert_int_eq(wire_recv(ends[0], &x, 1, listener, 1, &n), 1);
	ck_assert_int_eq(n, 1);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

START_TEST(monitor_that_does_not_go_is_killed)
{
	int listener = -1, status = 0;
	cleanup_fd int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = monitor_start(&listener);
	ck_assert_int_eq(clean(&(struct dirs){.monitors = dir, .vnc = dir}, ID), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ck_assert_int_eq(faccessat(dir, "7", F_OK, 0), -1);
	close(listener);
}
END_TEST

/* The monitor has ended, its zone holds the socket, and another process of the host has its
 * number. */
START_TEST(who_has_its_number_now_is_spared)
{
	int listener = -1;
	cleanup_fd int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid = monitor_start(&listener);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	struct sys_clone a = {
	    .exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&pid, .set_tid_size = 1};
	pid_t other = (pid_t)sys_clone3(&a);
	if (other == 0) {
		pause();
		_exit(0);
	}
	ck_assert_msg(other == pid, "clone3 with a number: %d", (int)other);
	ck_assert_int_eq(clean(&(struct dirs){.monitors = dir, .vnc = dir}, ID), 0);
	ck_assert_int_eq(waitpid(other, NULL, WNOHANG), 0);
	usleep(10000); /* a signal that was sent has come by now */
	ck_assert_int_eq(waitpid(other, NULL, WNOHANG), 0);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(listener);
}
END_TEST

static uid_t owner(const char *path)
{
	struct stat st;
	ck_assert_int_eq(lstat(path, &st), 0);
	return st.st_uid;
}

START_TEST(files_follow_the_daemon_but_no_link_to_another)
{
	struct dirs d;
	ck_assert_int_eq(dirs_open(&d, "state", "run", "/nowhere"), 0);
	for (size_t i = 0; i < 2; i++)
		close(d.locks[i]);
	ck_assert_int_eq(mknod("secret", S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(mknod("state/objects/5", S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(link("secret", "state/objects/6"), 0);
	ck_assert_int_eq(symlink("../../secret", "state/objects/8"), 0);
	ck_assert_int_eq(dirs_open(&d, "state", "run", "/nowhere"), 0);
	ck_assert_uint_eq(owner("state/objects/5"), d.uid);
	ck_assert_uint_eq(owner("secret"), 0);
	ck_assert_uint_eq(owner("state/objects/8"), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clean");
	TCase *t = tcase_create("root");
	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_test(t, monitor_that_does_not_go_is_killed);
	tcase_add_test(t, who_has_its_number_now_is_spared);
	tcase_add_test(t, files_follow_the_daemon_but_no_link_to_another);
	if (geteuid() != 0)
		printf("SKIP the helper's cleaning: it needs root\n");
	else
		suite_add_tcase(s, t);
	return suite_run(s);
}
