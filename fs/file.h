/* Reading and writing the files of the tree: texts and their snapshots, streams that block, messages.
 *
 * A text is made at a read at offset 0; reads further on, by that open file, get the rest of that
 * same text. stat makes the text too, so that its size is true, and the read that follows gets that
 * very text while it is fresh.
 */
#ifndef WARREN_FS_FILE_H
#define WARREN_FS_FILE_H

#include "fs/req.h"

#define TEXT_AGE                                                                                   \
	INT64_C(100000000) /* a counter's text is stale after 0.1 s (interface.md rule 6) */

/* One open stream. After a restart of the daemon it is made again from what the kernel holds: where
 * it began is part of the file handle, and the read's offset tells how many bytes it was given. */
struct reader {
	struct list link;
	uint64_t node, fh;
	uint64_t pos; /* where it stands, in the stream's own units; below 2^40 */
	bool begun; /* the stream's own */
	bool jumped; /* it did not read all from where it began (only where row::size is) */
	uint64_t off; /* of the byte that it gets next */
	uint64_t skip; /* bytes behind pos that it has had already (the stream sets it to 0) */
};

uint64_t file_open(const struct node *n, uid_t opener); /* gives the file handle */
void file_release(uint64_t node, uint64_t fh);

void file_read(struct req *r, const struct node *n);
/* Would a read not block? kh: the kernel's name of who asks, to be woken by the next daemon, too; 0: nobody
 * waits. */
bool file_poll(uint64_t fh, const struct node *n, uint64_t kh);
void file_write(struct req *r, const struct node *n, const char *bytes, size_t len);

/* For a row's stream that is one text, known by now: what the reader has not had of it. The row has a size, so that
 * it can be read at any place. */
enum stream file_rest(struct reader *r, const char *text, struct buf *b, size_t max);

/* Size and mtime as a read now would find them. */
void file_stat(const struct node *n, uint64_t *size, int64_t *mtime);

/* Refuse: store "FILE: sentence" in the object's error file and answer with the error's number; EIO
 * for what NFS clients would ask again for. */
void file_refuse(struct req *r, struct obj *o, const char *file);
void file_note_error(struct obj *o, const char *file);

void file_kick(struct obj *o); /* ask the streams that wait on o again */
void file_forget(struct obj *o); /* o is going: answer all that wait on it with ENOENT */

#endif
