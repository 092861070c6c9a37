/* Who writes what to the tree, as the helper sees it. The daemon names a thread that waits in
 * write(2) for its answer. The kernel tells who that is, to which file, and which bytes (proc(5):
 * status, syscall, fd, mem, auxv). The daemon is asked for none of it.
 *
 * Only write(2) and its like can be seen: with sendfile, splice and io_uring the bytes are in no
 * buffer of the writer's. So the daemon answers copy_file_range with EINVAL, after which cat and cp
 * read and write (fs/fuse.c). */
#ifndef WARREN_MOUNT_HELPER_PROOF_LOOK_H
#define WARREN_MOUNT_HELPER_PROOF_LOOK_H

#include <limits.h>
#include <stdbool.h>

#include "mount-helper/kit/helper.h"

enum { LOOK_TEXT = 64 << 10, LOOK_VECTORS = 1024 /* UIO_MAXIOV */ };

struct look {
	struct author author;
	char file[NAME_MAX + 1]; /* the name of the file by which it was opened */
	uint32_t len;
	char text[LOOK_TEXT + 1]; /* all bytes of the write; a NUL behind */
};

/* What is seen is the caller's to free. NULL: EPERM, why it can't be seen and what to do. */
struct look *look_at(const struct helper *h, pid_t thread);

/* ---- its parts, which parse what the kernel says ---- */

struct look_call {
	unsigned fd;
	uint64_t at, count; /* bytes, or vectors of bytes */
	bool vector;
	bool narrow; /* of a 32-bit program */
};

/* The text of /proc/TID/syscall. 1: a write; 0: the thread runs just now; -1: anything else. */
int look_call(struct look_call *c, const char *text);

/* Was it not a set-id program that was executed? auxv: n bytes of /proc/TID/auxv, of words of 8 or
 * 4 bytes. */
bool look_plain(const void *auxv, size_t n, uid_t uid);

#endif
