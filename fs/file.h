/* Reading and writing the files of the tree: texts and their snapshots, and messages. fs/stream.h
 * has those that block.
 *
 * A text is made at a read at offset 0; reads further on, by that open file, get the rest of that
 * same text. stat makes the text too, so that its size is true, and the read that follows gets that
 * very text. A text that grows (ROW_GROWS) gives at its end what was added.
 *
 * A read that fails tells why by its errno alone: it leaves `error`, where the owner is told of his
 * writes, as it is. */
#ifndef WARREN_FS_FILE_H
#define WARREN_FS_FILE_H

#include "fs/req.h"

void file_release(uint64_t node, uint64_t fh); /* the node may be gone */

void file_read(struct req *r, const struct node *n);
void file_read_gone(struct req *r); /* the object is gone: give the rest of the text, or the end */
void file_write(struct req *r, const struct node *n, const char *bytes, size_t len);

/* Size and mtime as a read by the asker would find them now. 0; TEXT_WAITS: ask again
 * (text_wait) */
int file_stat(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime);

void file_forget(struct obj *o); /* o is going: answer all that wait on it */

#endif
