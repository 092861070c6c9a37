/* The filter of a zone's system calls: its program is run here over every call, and loaded once. */
#include "mount-helper/kit/seccomp.c" /* its rows are its own */

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "protocol/ids.h"
#include "tests/unit/suite.h"

enum { NUMBERS = 700, X32 = 0x40000000 };
#define ALL UINT64_MAX
#define REFUSED(code) (SECCOMP_RET_ERRNO | (uint32_t)(code))

/* ---- the kernel's part: classic BPF as far as libseccomp uses it ---- */

static bool jumps(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == i->k;
	case BPF_JGT:
		return a > i->k;
	case BPF_JGE:
		return a >= i->k;
	case BPF_JSET:
		return (a & i->k) != 0;
	}
	ck_abort_msg("jump %x", i->code);
}

static uint32_t verdict_of(const struct sock_fprog *p, const struct seccomp_data *d)
{
	uint32_t a = 0;
	for (unsigned at = 0; at < p->len; at++) {
		const struct sock_filter *i = &p->filter[at];
		if (i->code == (BPF_RET | BPF_K))
			return i->k;
		if (i->code == (BPF_LD | BPF_W | BPF_ABS))
			memcpy(&a, (const char *)d + i->k, sizeof(a));
		else if (i->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= i->k;
		else if (i->code == (BPF_JMP | BPF_JA))
			at += i->k;
		else if (BPF_CLASS(i->code) == BPF_JMP)
			at += jumps(i, a) ? i->jt : i->jf;
		else
			ck_abort_msg("instruction %x", i->code);
	}
	ck_abort_msg("it has no end");
}

static uint32_t native(void)
{
	return seccomp_arch_native();
}

static uint32_t verdict_on(uint64_t caps, const struct seccomp_data *d)
{
	const struct sock_fprog *p = filter_of(caps);
	ck_assert_msg(p != NULL, "%s", err_text());
	return verdict_of(p, d);
}

static uint32_t verdict(uint64_t caps, uint32_t arch, int nr, uint64_t a0, uint64_t a1)
{
	struct seccomp_data d = {.nr = nr, .arch = arch, .args = {a0, a1}};
	return verdict_on(caps, &d);
}

static uint32_t named(uint64_t caps, const char *call, uint64_t a0, uint64_t a1)
{
	return verdict(caps, native(), seccomp_syscall_resolve_name(call), a0, a1);
}

/* ---- every row ---- */

static bool in_words(const char *words, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = words; (p = strstr(p, word)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static int row_of(const char *call)
{
	for (size_t i = 0; i < NELEM(rows); i++)
		if (in_words(rows[i].calls, call))
			return (int)i;
	return -1;
}

/* Each call that libseccomp knows: by its row, with every capability, with none, with its own. */
START_TEST(every_call_is_as_its_row_says)
{
	for (int nr = 0; nr <= JUDGED; nr++) {
		char *call = seccomp_syscall_resolve_num_arch(native(), nr);
		int i = call != NULL ? row_of(call) : -1;
		uint32_t refused = i >= 0 ? REFUSED(rows[i].code) : SECCOMP_RET_ALLOW;
		if (call != NULL) {
			ck_assert_msg(
			    verdict(0, native(), nr, 0, 0) == refused, "%s without", call);
			bool by_default = i >= 0 && strcmp(call, "reboot") == 0; /* sys_boot */
			ck_assert_msg(verdict(ZONE_CAPS, native(), nr, 0, 0) ==
					  (by_default ? SECCOMP_RET_ALLOW : refused),
			    "%s", call);
		}
		for (int bit = 0; i >= 0 && bit < 64; bit++)
			if ((rows[i].by & CAP_BIT(bit)) != 0)
				ck_assert_msg(named(CAP_BIT(bit), call, 0, 0) == SECCOMP_RET_ALLOW,
				    "%s is not opened by %d", call, bit);
		if (i >= 0)
			ck_assert_msg(named(ALL & ~rows[i].by, call, 0, 0) == refused,
			    "%s is opened by others", call);
		free(call);
	}
}
END_TEST

START_TEST(newer_calls_are_refused_whatever_libseccomp_knows)
{
	for (size_t i = 0; i < NELEM(newer); i++) {
		int nr = seccomp_syscall_resolve_name(newer[i].call), row = row_of(newer[i].call);
		ck_assert_msg(nr == newer[i].number || nr == __NR_SCMP_ERROR, "%s", newer[i].call);
		ck_assert_int_ge(row, 0);
		ck_assert_uint_eq(
		    verdict(0, native(), newer[i].number, 0, 0), REFUSED(rows[row].code));
	}
}
END_TEST

START_TEST(rows_name_each_call_once)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *copy = xstrdup(rows[i].calls), *rest = copy, *call;
		while ((call = strsep(&rest, " ")) != NULL)
			ck_assert_msg(row_of(call) == (int)i && number_of(call) != __NR_SCMP_ERROR,
			    "%s", call);
		free(copy);
	}
}
END_TEST

START_TEST(strange_numbers_are_unknown)
{
	for (int nr = 0; nr < NUMBERS; nr++) {
		bool known = nr <= OLD_JUDGED || (nr >= COMMON && nr <= JUDGED);
		char *call = seccomp_syscall_resolve_num_arch(native(), nr);
		if (!known)
			ck_assert_uint_eq(verdict(ALL, native(), nr, 0, 0), REFUSED(ENOSYS));
		ck_assert_msg(known || call == NULL || nr > JUDGED, "%s is judged", call);
		free(call);
	}
	ck_assert_uint_eq(verdict(ALL, native(), -1, 0, 0), REFUSED(ENOSYS));
	ck_assert_uint_eq(verdict(ALL, native(), X32 | 1, 0, 0), REFUSED(ENOSYS));
	ck_assert_uint_eq(verdict(ALL, AUDIT_ARCH_I386, 1, 0, 0), SECCOMP_RET_KILL_PROCESS);
	ck_assert_uint_eq(verdict(ALL, AUDIT_ARCH_ARM, 1, 0, 0), SECCOMP_RET_KILL_PROCESS);
}
END_TEST

/* ---- arguments ---- */

#define HIGH (UINT64_C(1) << 32)

static const struct {
	const char *call;
	uint64_t a0, a1, opens;
	int code; /* 0: allowed at once */
} cases[] = {
    {"clone", SIGCHLD, 0, 0, 0},
    {"clone", CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0},
    {"clone", CLONE_NEWUSER | SIGCHLD, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWUSER | SIGCHLD, 0, PRIVILEGE_USERNS, EPERM},
    {"clone", CLONE_NEWNET | CLONE_NEWPID, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWNET | CLONE_NEWPID, 0, PRIVILEGE_USERNS, EPERM},
    {"clone", CLONE_NEWNS, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWNS, 0, PRIVILEGE_USERNS, EPERM},
    {"clone", CLONE_NEWCGROUP, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWCGROUP, 0, PRIVILEGE_USERNS, EPERM},
    {"clone", HIGH | CLONE_NEWUTS, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWIPC, 0, CAP_BIT(CAP_SYS_ADMIN), EPERM},
    {"clone", CLONE_NEWIPC, 0, PRIVILEGE_USERNS, EPERM},
    {"personality", UINT32_MAX, 0, 0, 0},
    {"personality", HIGH | UINT32_MAX, 0, 0, 0}, /* the kernel takes the lower half */
    {"personality", PER_LINUX, 0, 0, 0},
    {"personality", PER_LINUX32, 0, 0, 0},
    {"personality", UNAME26, 0, 0, 0},
    {"personality", PER_LINUX32 | UNAME26, 0, 0, 0},
    {"personality", HIGH | 0x0400000, 0, 0, EPERM},
    {"personality", UNAME26 | 0x0040000, 0, 0, EPERM},
    {"personality", PER_LINUX32 | 1, 0, 0, EPERM},
    {"personality", UINT32_MAX - 1, 0, 0, EPERM},
    {"personality", 0x80000000, 0, 0, EPERM},
    {"personality", PER_BSD, 0, 0, EPERM},
    {"personality", 0x0400000, 0, 0, EPERM}, /* READ_IMPLIES_EXEC */
    {"personality", 0x0040000, 0, 0, EPERM}, /* ADDR_NO_RANDOMIZE */
    {"fcntl", 0, F_GETFL, 0, 0},
    {"fcntl", 0, F_OFD_SETLKW, 0, 0},
    {"fcntl", 0, F_GETLEASE, 0, 0},
    {"fcntl", 0, F_DUPFD_CLOEXEC, 0, 0},
    {"fcntl", 0, FCNTL_JUDGED, 0, 0},
    {"fcntl", 0, F_SETLEASE, 0, EINVAL},
    {"fcntl", 0, HIGH | F_SETLEASE, 0, EINVAL},
    {"fcntl", 0, F_SETLEASE + 16, 0, EINVAL}, /* F_SETDELEG */
    {"fcntl", 0, HIGH | (F_SETLEASE + 16), 0, EINVAL},
    {"ioctl", 0, TCGETS, 0, 0},
    {"ioctl", 0, TIOCSTI, 0, EPERM},
    {"ioctl", 0, HIGH | TIOCSTI, 0, EPERM}, /* CVE-2019-10063 */
    {"ioctl", 0, TIOCLINUX, 0, EPERM},
    {"socket", AF_UNIX, 0, 0, 0},
    {"socket", AF_INET, 0, 0, 0},
    {"socket", AF_INET6, 0, 0, 0},
    {"socket", AF_NETLINK, 0, 0, 0},
    {"socket", AF_VSOCK, 0, 0, EAFNOSUPPORT},
    {"socket", HIGH | AF_VSOCK, 0, 0, EAFNOSUPPORT},
    {"socket", AF_ALG, 0, 0, EAFNOSUPPORT},
    {"socket", AF_CAN, 0, CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT},
    {"socket", AF_KEY, 0, CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT},
    {"socket", HIGH | AF_X25, 0, CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT},
    {"socket", AF_PACKET, 0, CAP_BIT(CAP_NET_RAW), EPERM},
};

START_TEST(arguments_are_seen)
{
	uint32_t refused = cases[_i].code != 0 ? REFUSED(cases[_i].code) : SECCOMP_RET_ALLOW;
	const char *call = cases[_i].call;
	ck_assert_uint_eq(named(0, call, cases[_i].a0, cases[_i].a1), refused);
	if (cases[_i].opens != 0)
		ck_assert_uint_eq(
		    named(cases[_i].opens, call, cases[_i].a0, cases[_i].a1), SECCOMP_RET_ALLOW);
	else
		ck_assert_uint_eq(named(ALL, call, cases[_i].a0, cases[_i].a1), refused);
}
END_TEST

static const struct {
	int nr;
	uint64_t advice, caps;
	int code;
} advices[] = {
    {SYS_madvise, MADV_DONTNEED, 0, 0},
    {SYS_madvise, MADV_COLD, 0, 0},
    {SYS_madvise, MADV_PAGEOUT, 0, EINVAL},
    {SYS_madvise, HIGH | MADV_PAGEOUT, 0, EINVAL},
    {SYS_madvise, MADV_PAGEOUT, ALL, EINVAL},
    {SYS_process_madvise, MADV_COLD, 0, EPERM},
    {SYS_process_madvise, MADV_COLD, CAP_BIT(CAP_SYS_PTRACE), 0},
    {SYS_process_madvise, MADV_PAGEOUT, CAP_BIT(CAP_SYS_PTRACE), EINVAL},
};

START_TEST(no_page_is_thrown_out)
{
	int nr = advices[_i].nr, code = advices[_i].code;
	struct seccomp_data d = {.nr = nr, .arch = native()};
	d.args[nr == SYS_madvise ? 2 : 3] = advices[_i].advice;
	ck_assert_uint_eq(
	    verdict_on(advices[_i].caps, &d), code != 0 ? REFUSED(code) : SECCOMP_RET_ALLOW);
}
END_TEST

/* ---- keeping and loading ---- */

START_TEST(a_filter_is_kept)
{
	ck_assert_int_eq(filter_prepare(ZONE_CAPS), 0);
	const struct sock_fprog *p = filter_of(ZONE_CAPS);
	ck_assert_ptr_eq(filter_of(ZONE_CAPS & ~CAP_BIT(CAP_CHOWN)), p); /* opens no row */
	ck_assert_ptr_ne(filter_of(ZONE_CAPS | CAP_BIT(CAP_SYS_ADMIN)), p);
	ck_assert_ptr_eq(filter_of(ZONE_CAPS), p);
}
END_TEST

START_TEST(it_loads_and_holds)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (filter_enter(ZONE_CAPS) < 0)
			_exit(1);
		if (syscall(SYS_mount, NULL, NULL, NULL, 0, NULL) == 0 || errno != EPERM)
			_exit(2);
		if (syscall(SYS_clone3, NULL, 0) == 0 || errno != ENOSYS)
			_exit(3);
		_exit(getpid() > 0 ? 0 : 4);
	}
	int status;
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(its_file_is_the_same)
{
	const struct sock_fprog *p = filter_of(ZONE_CAPS);
	char bytes[BPF_MAXINSNS];
	int fd = filter_file(ZONE_CAPS);
	size_t n = p->len * sizeof(*p->filter);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(n, sizeof(bytes));
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), (ssize_t)n);
	ck_assert_int_eq(memcmp(bytes, p->filter, n), 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("seccomp");
	TCase *t = tcase_create("seccomp");
	tcase_add_test(t, every_call_is_as_its_row_says);
	tcase_add_test(t, newer_calls_are_refused_whatever_libseccomp_knows);
	tcase_add_test(t, rows_name_each_call_once);
	tcase_add_test(t, strange_numbers_are_unknown);
	tcase_add_loop_test(t, arguments_are_seen, 0, NELEM(cases));
	tcase_add_loop_test(t, no_page_is_thrown_out, 0, NELEM(advices));
	tcase_add_test(t, a_filter_is_kept);
	tcase_add_test(t, it_loads_and_holds);
	tcase_add_test(t, its_file_is_the_same);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return suite_run(s);
}
