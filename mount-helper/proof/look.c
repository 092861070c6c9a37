/* What this relies upon:
 *
 * - The thread sleeps from the first look to the last: the kernel counts how often it was switched
 *   away from (proc(5), voluntary_ctxt_switches), and the count has not changed. So it is one write
 *   that is seen.
 * - Its descriptor is of our mount, by the number of its device, which is the kernel's.
 * - Its program was not set-id when it was executed (getauxval(3), AT_UID and AT_EUID): such a one
 *   writes for its user, who may have given it the file as its stderr and the text as its name.
 * - The name of the file is that by which the kernel found it. A daemon that answers as it likes
 *   can have files renamed; so a name is not enough, and what is written must have the form of a
 *   value as a whole (message.h). No link of the tree is followed (fusemount.c). */
#include "mount-helper/proof/look.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/auxvec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "mount-helper/kit/aside.h"

enum { LOOKS = 50, PAUSE_NS = 1000000 };

static int refuse_unseen(const char *why)
{
	return err_set(EPERM,
	    "who writes this can't be seen (%s): write it on this host, with echo, cat or cp", why);
}

/* ---- what the kernel says ---- */

/* i386: numbers for a 32-bit program on x86-64. None of them is a call of the other architecture
 * that could wait with a small number as its first argument. */
static const struct {
	long number;
	bool vector, narrow;
} writes[] = {
    {SYS_write, false, false},
    {SYS_pwrite64, false, false},
    {SYS_writev, true, false},
    {SYS_pwritev, true, false},
    {SYS_pwritev2, true, false},
#ifdef __x86_64__
    {4, false, true},
    {181, false, true},
    {146, true, true},
    {334, true, true},
    {379, true, true},
#endif
};

int look_call(struct look_call *c, const char *text)
{
	long number;
	uint64_t fd;
	if (strncmp(text, "running", 7) == 0)
		return 0;
	if (sscanf(text, "%ld 0x%" SCNx64 " 0x%" SCNx64 " 0x%" SCNx64, &number, &fd, &c->at,
		&c->count) != 4)
		return -1;
	for (size_t i = 0; i < NELEM(writes); i++) {
		if (writes[i].number != number)
			continue;
		c->fd = (unsigned)fd;
		c->vector = writes[i].vector;
		c->narrow = writes[i].narrow;
		return fd <= INT_MAX ? 1 : -1;
	}
	return -1;
}

/* Word i of an array of words of 4 or 8 bytes. */
static uint64_t word_at(const void *words, size_t i, bool narrow)
{
	uint32_t small;
	uint64_t large;
	if (narrow)
		memcpy(&small, (const char *)words + i * sizeof(small), sizeof(small));
	else
		memcpy(&large, (const char *)words + i * sizeof(large), sizeof(large));
	return narrow ? small : large;
}

bool look_plain(const void *auxv, size_t n, uid_t uid)
{
	uint64_t ids[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, UINT64_MAX - 3};
	/* the first key is small: in words of 8 bytes its upper half is zero, else that is the
	 * first value */
	bool narrow = n >= 8 && word_at(auxv, 1, true) != 0;
	size_t size = narrow ? 4 : 8;
	for (size_t i = 0; (i + 2) * size <= n; i += 2) {
		uint64_t key = word_at(auxv, i, narrow);
		if (key >= AT_UID && key <= AT_EGID)
			ids[key - AT_UID] = word_at(auxv, i + 1, narrow);
	}
	return ids[0] == ids[1] && ids[2] == ids[3] && (uid != 0 || ids[0] == 0);
}

/* ---- looking ---- */

/* One moment of the thread. */
struct moment {
	struct buf status, call;
	uint64_t switches;
};

static void moment_finish(struct moment *m)
{
	buf_finish(&m->status);
	buf_finish(&m->call);
}

static int moment_read(struct moment *m, int proc)
{
	static const char key[] = "\nvoluntary_ctxt_switches:";
	*m = (struct moment){0};
	if (fd_read_at(proc, "status", &m->status) < 0)
		return refuse_unseen("its process is gone");
	const char *line = strstr(buf_text(&m->status), key);
	if (line == NULL)
		return refuse_unseen("the kernel does not count its switches");
	m->switches = strtoull(line + sizeof(key) - 1, NULL, 10);
	if (fd_read_at(proc, "syscall", &m->call) < 0)
		return refuse_unseen(
		    "the kernel hides its system call: is kernel.yama.ptrace_scope 3?");
	return 0;
}

static bool moment_same(const struct moment *a, const struct moment *b)
{
	return a->switches == b->switches && strcmp(buf_text(&a->call), buf_text(&b->call)) == 0;
}

static int file_look(const struct helper *h, int proc, unsigned fd, char file[NAME_MAX + 1])
{
	static const char gone[] = " (deleted)"; /* the kernel adds this if the name was looked up
						  * again since */
	char name[32], path[PATH_MAX];
	struct statx x;
	snprintf(name, sizeof(name), "fd/%u", fd);
	cleanup_fd int at = openat(proc, name, O_PATH | O_CLOEXEC);
	if (at < 0 || statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &x) < 0 ||
	    makedev(x.stx_dev_major, x.stx_dev_minor) != h->device)
		return refuse_unseen("it does not write to this tree");
	ssize_t n = readlinkat(proc, name, path, sizeof(path) - 1);
	if (n < 0)
		return refuse_unseen("its file has no name");
	path[n] = '\0';
	size_t tail = sizeof(gone) - 1;
	if ((size_t)n > tail && strcmp(path + (size_t)n - tail, gone) == 0)
		path[(size_t)n - tail] = '\0';
	const char *slash = strrchr(path, '/');
	snprintf(file, NAME_MAX + 1, "%s", slash != NULL ? slash + 1 : "");
	return 0;
}

static int bytes_add(struct look *l, int mem, uint64_t at, uint64_t n)
{
	if (n > LOOK_TEXT - l->len)
		return err_set(EMSGSIZE, "a message has at most %d bytes: give less", LOOK_TEXT);
	if (at > INT64_MAX || pread(mem, l->text + l->len, (size_t)n, (off_t)at) != (ssize_t)n)
		return refuse_unseen("its memory can't be read");
	l->len += (uint32_t)n;
	return 0;
}

static int vectors_add(struct look *l, int mem, const struct look_call *c)
{
	static char words[LOOK_VECTORS * 16];
	size_t size = (size_t)c->count * (c->narrow ? 8 : 16);
	if (c->count > LOOK_VECTORS || c->at > INT64_MAX ||
	    pread(mem, words, size, (off_t)c->at) != (ssize_t)size)
		return refuse_unseen("its memory can't be read");
	for (size_t i = 0; i < c->count; i++)
		if (bytes_add(l, mem, word_at(words, 2 * i, c->narrow),
			word_at(words, 2 * i + 1, c->narrow)) < 0)
			return -1;
	return 0;
}

static int text_look(struct look *l, int proc, const struct look_call *c)
{
	cleanup_fd int mem = openat(proc, "mem", O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return refuse_unseen("its memory is closed");
	l->len = 0;
	if ((c->vector ? vectors_add(l, mem, c) : bytes_add(l, mem, c->at, c->count)) < 0)
		return -1;
	l->text[l->len] = '\0';
	return 0;
}

static int author_look(struct look *l, int proc, const struct moment *m)
{
	struct buf auxv = {0};
	if (author_parse(&l->author, buf_text(&m->status)) < 0)
		return -1;
	int r = fd_read_at(proc, "auxv", &auxv) < 0 ? refuse_unseen("its process is gone")
		: look_plain(buf_text(&auxv), auxv.len, l->author.uid)
		    ? 0
		    : err_set(EPERM, "a set-uid or set-gid program writes this: write it with a "
				     "program that is its user's alone");
	buf_finish(&auxv);
	return r;
}

/* 1: seen; 0: it runs just now; -1 */
static int write_look(const struct helper *h, int proc, const struct moment *m, struct look *l)
{
	struct look_call c = {0};
	int r = look_call(&c, buf_text(&m->call));
	if (r < 0)
		return refuse_unseen(
		    "it does not come by write(2), but perhaps from a server in the kernel");
	if (r > 0 && (file_look(h, proc, c.fd, l->file) < 0 || text_look(l, proc, &c) < 0 ||
			 author_look(l, proc, m) < 0))
		return -1;
	return r;
}

/* 1: seen; 0: it did not sleep all the while; -1 */
static int look_once(const struct helper *h, int proc, struct look *l)
{
	struct moment before, after = {0};
	int r = moment_read(&before, proc) < 0 ? -1 : write_look(h, proc, &before, l);
	if (r > 0 && moment_read(&after, proc) < 0)
		r = -1;
	if (r > 0 && !moment_same(&before, &after))
		r = 0;
	moment_finish(&before);
	moment_finish(&after);
	return r;
}

struct wanted {
	const struct helper *h;
	pid_t thread;
};

/* Reading the bytes may wait for a page that never comes: this runs in a process of its own. */
static int look_aside(const void *arg)
{
	const struct wanted *w = arg;
	static struct look l;
	char path[32];
	int r = 0;
	snprintf(path, sizeof(path), "/proc/%d", (int)w->thread);
	cleanup_fd int proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return refuse_unseen("its process is gone");
	for (int i = 0; i < LOOKS && r == 0; i++) {
		if (i > 0)
			nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
		err_clear();
		r = look_once(w->h, proc, &l);
	}
	if (r <= 0)
		return r < 0 ? -1 : refuse_unseen("it does not wait for its answer");
	cleanup_fd int fd = memfd_create("look", MFD_CLOEXEC);
	if (fd < 0 || fd_write_all(fd, &l, sizeof(l)) < 0)
		return err_sys("look at who writes");
	return fd_move(&fd);
}

struct look *look_at(const struct helper *h, pid_t thread)
{
	struct wanted w = {h, thread};
	if (thread <= 0) {
		refuse_unseen("its process is not to be seen from here");
		return NULL;
	}
	cleanup_fd int fd = aside(look_aside, &w, "look at who writes");
	if (fd < 0)
		return NULL;
	struct look *l = xcalloc(1, sizeof(*l));
	if (pread(fd, l, sizeof(*l), 0) == (ssize_t)sizeof(*l))
		return l;
	free(l);
	err_set(EIO, "look at who writes: cut off");
	return NULL;
}
