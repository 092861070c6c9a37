/* A file gets its name when it is whole, so that a crash leaves none that is half made. Some file
 * systems, such as NFS, have no files without a name: there the header is written last. */
#include "mount-helper/kit/diskmake.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"
#include "mount-helper/kit/walk.h"

enum { SHOWN = 256 };

/* ---- qcow2 ---- */

/* The header of version 3 (QEMU's docs/interop/qcow2.txt); big endian. */
struct header {
	uint32_t magic, version;
	uint64_t backing;
	uint32_t backing_size, cluster_bits;
	uint64_t size;
	uint32_t crypt, l1_size;
	uint64_t l1, refcounts;
	uint32_t refcount_clusters, nsnapshots;
	uint64_t snapshots, incompatible, compatible, autoclear;
	uint32_t refcount_order, length;
};

/* As qemu-img makes them: clusters of 64 KiB, counted by 16 bits each. Behind the header's cluster
 * lie one of the table of counts, one of counts, and the first table of the disk's clusters (L1).
 */
enum { BITS = 16, CLUSTER = 1 << BITS, COUNT_ORDER = 4, COUNTS_AT = 1, COUNT_AT = 2, L1_AT = 3 };
enum { L1_MOST = 256, HEADER = 104 };
_Static_assert(sizeof(struct header) == HEADER, "a header has no holes");

static int piece_write(int fd, const void *bytes, size_t n, uint64_t cluster)
{
	ssize_t done = pwrite(fd, bytes, n, (off_t)(cluster << BITS));
	if (done >= 0 && done < (ssize_t)n)
		errno = ENOSPC;
	return done == (ssize_t)n ? 0 : err_sys("write its tables");
}

int diskmake_qcow2(int fd, uint64_t size)
{
	uint64_t spans = (uint64_t)(CLUSTER / 8) << BITS; /* bytes that an entry of L1 stands for */
	uint64_t entries = (size + spans - 1) / spans;
	uint64_t clusters = (entries * 8 + CLUSTER - 1) >> BITS;
	uint64_t at = htobe64((uint64_t)COUNT_AT << BITS);
	uint16_t counts[L1_AT + L1_MOST] = {0};
	struct header h = {.magic = htobe32(0x514649fb), /* "QFI\xfb" */
	    .version = htobe32(3),
	    .cluster_bits = htobe32(BITS),
	    .size = htobe64(size),
	    .l1_size = htobe32((uint32_t)entries),
	    .l1 = htobe64((uint64_t)L1_AT << BITS),
	    .refcounts = htobe64((uint64_t)COUNTS_AT << BITS),
	    .refcount_clusters = htobe32(1),
	    .refcount_order = htobe32(COUNT_ORDER),
	    .length = htobe32(HEADER)};
	if (clusters > L1_MOST)
		return err_set(ERANGE, "it is too large");
	for (uint64_t i = 0; i < L1_AT + clusters; i++)
		counts[i] = htobe16(1);
	if (ftruncate(fd, (off_t)((L1_AT + clusters) << BITS)) < 0)
		return err_sys("write its tables");
	return piece_write(fd, counts, (L1_AT + clusters) * sizeof(counts[0]), COUNT_AT) < 0 ||
		       piece_write(fd, &at, sizeof(at), COUNTS_AT) < 0 ||
		       piece_write(fd, &h, sizeof(h), 0) < 0
		   ? -1
		   : 0;
}

/* ---- the file ---- */

struct making {
	const struct helper_file *f;
	enum disk_format format;
	int dir; /* opened once: another that is put at the same path is not touched */
	const char *name; /* in it */
};

static int refuse(const struct making *m)
{
	char path[SHOWN];
	word_quote(m->f->path, path, sizeof(path));
	return err_sys("make %s as user %u", path, m->f->author.uid);
}

static int fill(int fd, const struct making *m)
{
	char path[SHOWN];
	if (m->format != DISK_QCOW2)
		return ftruncate(fd, (off_t)m->f->size) < 0 ? refuse(m) : 0;
	word_quote(m->f->path, path, sizeof(path));
	return diskmake_qcow2(fd, m->f->size) < 0 ? err_wrap("make %s", path) : 0;
}

/* No other file is in its place. */
static int name_give(int fd, const struct making *m)
{
	char unnamed[40];
	snprintf(unnamed, sizeof(unnamed), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, unnamed, m->dir, m->name, AT_SYMLINK_FOLLOW) < 0 ? refuse(m) : 0;
}

static int named_make(const struct making *m)
{
	cleanup_fd int fd = openat(m->dir, m->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return refuse(m);
	if (fill(fd, m) < 0) {
		unlinkat(m->dir, m->name, 0);
		return -1;
	}
	return fd_move(&fd);
}

static int make(const struct making *m)
{
	cleanup_fd int fd = openat(m->dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return named_make(m);
	if (fill(fd, m) < 0)
		return -1;
	return fsync(fd) < 0 ? refuse(m) : name_give(fd, m) < 0 ? -1 : fd_move(&fd);
}

int diskmake(const struct helper_file *f, enum disk_format format)
{
	char parent[sizeof(f->path)], path[SHOWN];
	struct making m = {f, format, -1, strrchr(f->path, '/') + 1};
	snprintf(parent, sizeof(parent), "%.*s", (int)(m.name - f->path), f->path);
	cleanup_fd int dir = walk_open(parent, f->author.uid);
	if (dir < 0)
		return err_wrap(
		    "make %s as user %u", word_quote(f->path, path, sizeof(path)), f->author.uid);
	m.dir = dir;
	return make(&m);
}
