#include "import/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diskwhole.h"
#include "base/err.h"
#include "base/fd.h"
#include "import/report.h"
#include "protocol/start.h"

#define QEMU_IMG "/usr/bin/qemu-img"

/* Seconds of CPU: so many, and one more for each MiB of the disk. The slowest that was seen, under
 * emulation, took a tenth of that. */
enum { PATIENCE = 600 };
enum { DAMAGED = 2, NOT_THERE = 127, UNCHECKED = 1, FORMAT_MOST = 16, WORDS_MOST = 8 << 10 };

struct order {
	char format[FORMAT_MOST];
	uint64_t bytes;
};

static pid_t child;
static int ends[2] = {-1, -1}; /* [0] ours: the order goes out, qemu-img's words come in */

/* ---- the child ---- */

static int caps_drop(void)
{
	cap_t none = cap_init();
	int r = none == NULL ? -1 : cap_set_proc(none);
	cap_free(none);
	return r;
}

static int bounds_set(const struct order *o)
{
	struct rlimit cpu = {PATIENCE + (o->bytes >> 20), RLIM_INFINITY}, core = {0, 0};
	return setrlimit(RLIMIT_CPU, &cpu) < 0 || setrlimit(RLIMIT_CORE, &core) < 0 ? -1 : 0;
}

/* An order that is cut off: there is nothing to convert. */
static bool order_take(struct order *o)
{
	return read(ends[1], o, sizeof(*o)) == (ssize_t)sizeof(*o) &&
	       o->format[FORMAT_MOST - 1] == '\0' && diskwhole_knows(o->format);
}

static _Noreturn void qemu_img(char *const argv[])
{
	execve(QEMU_IMG, argv, (char *[]){NULL});
	_exit(NOT_THERE);
}

/* Data that are cut off would be read as zeros, and nobody told. Formats that qemu-img can't check
 * go on. */
static bool is_damaged(char *from)
{
	static char name[] = "qemu-img", verb[] = "check", quiet[] = "-q";
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		qemu_img((char *[]){name, verb, quiet, from, NULL});
	return pid < 0 || waitpid(pid, &status, 0) != pid ||
	       (WIFEXITED(status) &&
		   (WEXITSTATUS(status) == UNCHECKED || WEXITSTATUS(status) == DAMAGED));
}

/* Our ends may have the numbers 0 to 2: the unpacker is started without these. */
static int stdio_take(int end)
{
	int above = fcntl(end, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (above < 0 || dup2(above, fd) < 0)
			return -1;
	return 0;
}

static _Noreturn void child_run(void)
{
	static char name[] = "qemu-img", verb[] = "convert", progress[] = "-p", as[] = "-O",
		    qcow2[] = "qcow2", to[] = CONVERT_TO;
	struct order o;
	char from[160];
	close(ends[0]);
	close(IMPORT_FD_PEER);
	close(IMPORT_FD_SOURCE);
	if (caps_drop() < 0 || !order_take(&o) || bounds_set(&o) < 0 || stdio_take(ends[1]) < 0)
		_exit(1);
	snprintf(from, sizeof(from),
	    "json:{\"driver\":\"%s\",\"file\":{\"driver\":\"file\",\"filename\":\"" CONVERT_FROM
	    "\"},\"backing\":null}",
	    o.format);
	if (is_damaged(from))
		_exit(DAMAGED);
	qemu_img((char *[]){name, verb, progress, as, qcow2, from, to, NULL});
}

int convert_prepare(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	child = fork();
	if (child == 0)
		child_run();
	fd_close(&ends[1]);
	return child < 0 ? err_sys("start what converts disks") : 0;
}

/* ---- its words ---- */

/* Of `    (12.34/100%)`, written over and over. Hundredths of a percent; 0: no such word. */
static unsigned progress_read(const char *words)
{
	const char *last = strrchr(words, '(');
	double percent = last != NULL ? strtod(last + 1, NULL) : 0;
	return percent > 0 && percent <= 100 ? (unsigned)(percent * 100) : 0;
}

/* Until its end. What it says beyond WORDS_MOST is not kept: it hardly says so much. */
static void words_follow(struct buf *words, uint64_t bytes)
{
	char some[512];
	uint64_t told = 0;
	for (ssize_t n; (n = read(ends[0], some, sizeof(some) - 1)) > 0;) {
		some[n] = '\0';
		if (words->len < WORDS_MOST)
			buf_add(words, some, (size_t)n);
		uint64_t done = bytes / 10000 * progress_read(some);
		if (done > told) {
			report_read((size_t)(done - told));
			told = done;
		}
	}
}

static int failure(const char *format, const char *words, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return err_set(EOPNOTSUPP,
		    "it is a disk of format %s, and there is no " QEMU_IMG
		    " to convert it: install it (qemu-utils)",
		    format);
	if (strstr(words, strerror(ENOSPC)) != NULL)
		return err_set(ENOSPC, "there is no room to convert the disk: make some");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(EIO,
		    "it takes longer to convert than a disk of its size may take: make "
		    "it one of qcow2 with qemu-img convert");
	if (WIFEXITED(status) && WEXITSTATUS(status) == DAMAGED)
		return err_set(
		    EINVAL, "it is damaged, or cut off: copy it again, or see qemu-img check");
	return err_set(EINVAL,
	    "it begins as a disk of format %s, but can't be converted: see what qemu-img check "
	    "says of it",
	    format);
}

int convert(const char *format, uint64_t bytes)
{
	struct order o = {.bytes = bytes};
	struct buf words = {0};
	int status, r = 0;
	snprintf(o.format, sizeof(o.format), "%s", format);
	/* a child that has died is told by its status */
	if (send(ends[0], &o, sizeof(o), MSG_NOSIGNAL) > 0)
		words_follow(&words, bytes);
	if (waitpid(child, &status, 0) != child)
		r = err_sys("wait for qemu-img");
	else if (status != 0)
		r = failure(format, buf_text(&words), status);
	buf_finish(&words);
	fd_close(&ends[0]);
	return r;
}
