/* The bytes of what is imported: of a file, or in packets of the packer (pack.h). */
#ifndef WARREN_IMPORT_INPUT_H
#define WARREN_IMPORT_INPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "import/pack.h"

struct archive;
struct sha256_ctx;

struct input {
	int fd; /* borrowed */
	bool packed; /* fd gives packets */
	struct sha256_ctx *hash; /* of all that was read; NULL: not wanted */
	uint64_t size; /* read so far */
	char *room; /* owned */
	struct err why; /* it can't be read; code 0: it can */
};

/* The size of a file, also if fstat(2) is refused because the file system is a user's own. -1:
 * error */
off_t input_size(int fd);

/* Read a tar archive from it, in any compression. NULL: with the error. */
struct archive *input_archive(struct input *s);
int input_drain(struct input *s); /* read the rest behind the archive's end */
/* Close it. r: the result of reading the archive. Returns r, unless the input itself failed: then
 * that is the error, not what libarchive made of it. */
int input_close(struct input *s, struct archive *a, int r);
ssize_t input_packet(
    int fd, struct pack *p, void *bytes, int *file); /* -1: an error, or the packer's */

/* Make libarchive's error ours: `code` if its errno means nothing. Returns -1. */
int archive_refusal(struct archive *a, int code);

#endif
