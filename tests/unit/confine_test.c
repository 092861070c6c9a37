/* A program's own list of system calls: what is in it works, what is not is unknown, attacks end
 * it. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/confine.h"
#include "tests/unit/suite.h"

static const struct confined_call some[] = {
    {SYS_getpid, 0, 0, 0},
    {SYS_read, 0, 0, 0},
    {SYS_write, 0, 0, 0},
    {SYS_socket, 0, UINT32_MAX, AF_UNIX},
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_ioctl, 1, UINT32_MAX, 1},
    {SYS_ioctl, 1, UINT32_MAX, 3},
    {SYS_munmap, 0, 0, 0},
    {SYS_exit_group, 0, 0, 0},
};

static long map(int prot)
{
	return syscall(SYS_mmap, NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* errno of one call behind the list; 0: it was made. Past the kernel's own checks some fail all the
 * same. */
static const struct {
	long number, a, b, c;
	int code;
} cases[] = {
    {SYS_getpid, 0, 0, 0, 0},
    {SYS_write, -1, 0, 0, EBADF},
    {SYS_close, -1, 0, 0, ENOSYS},
    {SYS_getppid, 0, 0, 0, ENOSYS},
    {SYS_openat, -1, 0, 0, ENOSYS},
    {SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0},
    {SYS_socket, AF_INET, SOCK_STREAM, 0, ENOSYS},
    {SYS_socket, AF_NETLINK, SOCK_RAW, 0, ENOSYS},
    {SYS_ioctl, -1, 1, 0, EBADF},
    {SYS_ioctl, -1, 2, 0, ENOSYS},
    {SYS_ioctl, -1, 3, 0, EBADF},
    {SYS_ioctl, -1, (long)(UINT64_C(1) << 32 | 3), 0,
	EBADF}, /* the kernel looks at the lower half, too */
    {9999, 0, 0, 0, ENOSYS},
    {(long)0xffffffff, 0, 0, 0, ENOSYS},
};

static void in_child(enum confined who, void (*call)(int), int i, int *status)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (confine_calls(some, NELEM(some), who) < 0)
			_exit(255);
		call(i);
		_exit(254);
	}
	ck_assert_int_eq(waitpid(pid, status, 0), pid);
}

static void one(int i)
{
	long r = syscall(cases[i].number, cases[i].a, cases[i].b, cases[i].c);
	_exit(r < 0 ? errno : 0);
}

START_TEST(what_is_in_the_list_is_made)
{
	int status;
	if (!CONFINED)
		return;
	in_child(CONFINED_OURS, one, _i, &status);
	ck_assert_msg(WIFEXITED(status), "status %x", (unsigned)status);
	ck_assert_int_eq(WEXITSTATUS(status), cases[_i].code);
}
END_TEST

static void maps(int i)
{
	(void)i;
	_exit(map(PROT_READ | PROT_WRITE) == -1 ? 1 : map(PROT_READ | PROT_EXEC) != -1 ? 2 : 0);
}

START_TEST(memory_is_no_program)
{
	int status;
	if (!CONFINED)
		return;
	in_child(CONFINED_OURS, maps, 0, &status);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

static const long attacks[] = {SYS_execve, SYS_execveat, SYS_ptrace, SYS_mount, SYS_setns,
    SYS_unshare, SYS_bpf, SYS_init_module, SYS_setuid, SYS_capset};

static void attack(int i)
{
	syscall(attacks[i], -1, -1, -1, -1, -1);
	_exit(0);
}

START_TEST(attacks_end_the_program)
{
	int status;
	if (!CONFINED)
		return;
	in_child(CONFINED_OURS, attack, _i, &status);
	ck_assert_msg(
	    WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %x", (unsigned)status);
}
END_TEST

static void attack_unknown(int i)
{
	long r = syscall(attacks[i], -1, -1, -1, -1, -1);
	_exit(r < 0 && errno == ENOSYS ? 0 : 1);
}

START_TEST(attacks_are_unknown_to_programs_of_others)
{
	int status;
	if (!CONFINED)
		return;
	in_child(CONFINED_OTHERS, attack_unknown, _i, &status);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}
END_TEST

/* The longest list, of calls that are far apart: it is loaded, and its first and last work. */
START_TEST(long_lists_are_loaded)
{
	static struct confined_call all[CONFINED_CALLS + 1];
	int status;
	if (!CONFINED)
		return;
	for (size_t i = 0; i < NELEM(all); i++)
		all[i].number = (long)(2 * i + 1000);
	all[0].number = SYS_exit_group;
	all[1].number = SYS_munmap;
	pid_t pid = fork();
	if (pid == 0)
		_exit(confine_calls(all, NELEM(all), CONFINED_OURS) == 0      ? 1
		      : confine_calls(all, CONFINED_CALLS, CONFINED_OURS) < 0 ? 2
									      : 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("confine");
	TCase *t = tcase_create("lists");
	tcase_add_loop_test(t, what_is_in_the_list_is_made, 0, NELEM(cases));
	tcase_add_test(t, memory_is_no_program);
	tcase_add_loop_test(t, attacks_end_the_program, 0, NELEM(attacks));
	tcase_add_loop_test(t, attacks_are_unknown_to_programs_of_others, 0, NELEM(attacks));
	tcase_add_test(t, long_lists_are_loaded);
	suite_add_tcase(s, t);
	return suite_run(s);
}
