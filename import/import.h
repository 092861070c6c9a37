/* warren-import: the two programs that look into what is imported (mount-helper/image/import.c
 * starts them in their jails). `warren-import file` and `dir` fill their working directory from a
 * file or a packer, `pack` reads its own and sends it.
 *
 * Between them go packets of a struct pack and at most PACK_ROOM bytes behind it. The packer begins
 * with PACK_TREE, which PACK_BYTES of a tar archive and PACK_END follow; or with PACK_LAYOUT, then
 * it answers each PACK_ASK with PACK_FILE and the descriptor of that file. PACK_FAILED can come at
 * any time. */
#ifndef WARREN_IMPORT_IMPORT_H
#define WARREN_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "protocol/import.h"

struct archive;

/* Descriptors they are started with. */
enum {
	IMPORT_FD_PEER = 3, /* unpack: import_reports go there; pack: packets */
	IMPORT_FD_SOURCE = 4, /* unpack: the file, or packets */
};

enum pack_kind {
	PACK_TREE, /* total and sockets are set */
	PACK_LAYOUT,
	PACK_BYTES,
	PACK_END,
	PACK_ASK, /* the bytes are a name within the layout */
	PACK_FILE,
	PACK_FAILED, /* the bytes are a struct err */
};

struct pack {
	uint32_t kind, n; /* n: bytes behind it */
	uint64_t total; /* bytes of all files */
	uint64_t sockets; /* left out */
};

enum { PACK_ROOM = 64 << 10 };

/* pack.c: the packer. Returns its exit status. */
int pack_run(void);

/* source.c: bytes of what is imported. path NULL: packets. */
struct source {
	int fd; /* borrowed */
	bool packed;
	struct sha256_ctx *hash; /* of all that was read; NULL: not wanted */
	uint64_t size; /* read so far */
	char *room; /* owned */
	struct err why; /* it can't be read; code 0: it can */
};

/* How large a file is; also where fstat(2) is refused, as the file system is a user's own. -1:
 * error */
off_t source_size(int fd);

/* Read a tar archive from it, in any compression. NULL: with the error. */
struct archive *source_archive(struct source *s);
int source_drain(struct source *s); /* what is behind the archive's end, too */
/* r: what reading it came to, and the result where the source did not fail: else that is the
 * reason, and not what libarchive made of it. */
int source_close(struct source *s, struct archive *a, int r);
ssize_t source_packet(
    int fd, struct pack *p, void *bytes, int *file); /* -1: an error, or the packer's */

/* Why libarchive failed, as our error: `code` where it has no errno that means something. */
int archive_refusal(struct archive *a, int code);

/* unpack.c: an archive into the working directory. */
enum unpack_how {
	UNPACK_ALL,
	UNPACK_WHITEOUTS, /* of an OCI layer only that which takes away from those below */
	UNPACK_LAYER, /* and all but that */
};
int unpack(struct archive *from, enum unpack_how how);

/* acl.c: the kernel's attribute `name` as an access control list of e's. false: it is none */
struct archive_entry;
bool acl_take(struct archive_entry *e, const char *name, const void *value, size_t size);
int acl_check(struct archive_entry *e); /* -1: one names who can't be in an image */

/* whiteout.c: does this name take something away? And do it. */
bool whiteout_is(const char *path);
int whiteout_apply(const char *path);

/* oci.c: a layout by means of the packer. */
int oci_unpack(int packer);

/* disk.c: is it the image of a disk, and copying it to the file "disk". 1: it is */
int disk_is_qcow2(int fd);
int disk_is_raw(int fd);
int disk_is_foreign(int fd); /* -1: it is one of a format that is refused */
int disk_copy(int fd, enum disk_format format);

/* report.c: what the daemon is told. */
extern struct import_report report;
void report_total(uint64_t bytes); /* how much will be read */
void report_read(size_t n); /* so much of it was; tells of it now and then */
int report_size(void); /* finds what the working directory takes on disk */
int report_end(int result); /* the last one; gives the exit status */

#endif
