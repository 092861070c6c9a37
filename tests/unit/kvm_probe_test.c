#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "base/err.h"
#include "base/fd.h"
#include "tests/unit/suite.h"
#include "vm/kvm/kvm_guest.h"
#include "vm/kvm/kvm_probe.h"

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* What a person may read as the reason: a step of the table, or the speed. */
static bool names_a_reason(const char *text)
{
	char at[64];

	for (size_t i = 0; i < kvm_nsteps; i++) {
		snprintf(at, sizeof(at), " at %s: auto does without KVM", kvm_steps[i].name);
		if (strstr(text, at))
			return true;
	}
	return strstr(text, " at a counted loop: ") ||
	       strstr(text, "million instructions a second");
}

START_TEST(no_descriptor)
{
	ck_assert_int_eq(kvm_probe(-1, 100), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_str_eq(err_text(), "KVM_GET_API_VERSION: Bad file descriptor");
}
END_TEST

START_TEST(not_kvm)
{
	cleanup_fd int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(kvm_probe(fd, 100), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_str_eq(err_text(), "KVM_GET_API_VERSION: Inappropriate ioctl for device");
}
END_TEST

static int open_kvm(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		printf("# SKIP /dev/kvm: %s\n", strerror(errno));
	return fd;
}

START_TEST(here)
{
	cleanup_fd int fd = open_kvm();
	int before = open_fds();

	if (fd < 0)
		return;
	for (int i = 0; i < 3; i++) { /* the same each time, and nothing left behind */
		if (kvm_probe(fd, 5000) < 0) {
			ck_assert_int_eq(err_code(), EOPNOTSUPP);
			ck_assert_msg(names_a_reason(err_text()), "%s", err_text());
		}
		ck_assert_int_eq(open_fds(), before);
	}
}
END_TEST

static void alarm_of_ours(int sig)
{
	(void)sig;
}

/* The caller may have blocked SIGALRM and set a handler: both are as before. */
START_TEST(signals_as_before)
{
	cleanup_fd int fd = open_kvm();
	struct sigaction ours = {.sa_handler = alarm_of_ours}, after;
	struct itimerval timer;
	sigset_t mask;

	if (fd < 0)
		return;
	sigaction(SIGALRM, &ours, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	kvm_probe(fd, 5000);
	sigaction(SIGALRM, NULL, &after);
	ck_assert(after.sa_handler == alarm_of_ours);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ck_assert(sigismember(&mask, SIGALRM));
	getitimer(ITIMER_REAL, &timer);
	ck_assert_int_eq(timer.it_value.tv_sec + timer.it_value.tv_usec, 0);
}
END_TEST

/* No time at all still ends, with a reason or (a fast host) with the answer. */
START_TEST(no_time)
{
	cleanup_fd int fd = open_kvm();

	if (fd >= 0 && kvm_probe(fd, 0) < 0)
		ck_assert_msg(names_a_reason(err_text()), "%s", err_text());
}
END_TEST

START_TEST(step_names_are_unique)
{
	for (size_t i = 0; i < kvm_nsteps; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(kvm_steps[i].name, kvm_steps[j].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kvm_probe");
	TCase *tc = tcase_create("probe");
	suite_add_tcase(suite, tc);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, no_descriptor);
	tcase_add_test(tc, not_kvm);
	tcase_add_test(tc, here);
	tcase_add_test(tc, signals_as_before);
	tcase_add_test(tc, no_time);
	tcase_add_test(tc, step_names_are_unique);
	return suite_run(suite);
}
