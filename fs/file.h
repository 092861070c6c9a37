/* Reading and writing the files of the tree: texts and their snapshots, and messages. fs/stream.h
 * has those that block.
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

void file_release(uint64_t node, uint64_t fh); /* the node may be gone */

void file_read(struct req *r, const struct node *n);
void file_write(struct req *r, const struct node *n, const char *bytes, size_t len);

/* Size and mtime as a read now by the asker would find them. */
void file_stat(const struct node *n, uid_t asker, uint64_t *size, int64_t *mtime);

/* Refuse: store "FILE: sentence" in the object's error file and answer with the error's number; EIO
 * for what NFS clients would ask again for. */
void file_refuse(struct req *r, struct obj *o, const char *file);
void file_note_error(struct obj *o, const char *file);

/* A write or change of the file was done: what its last one was refused for is told no longer, but
 * where it tells of the object's state (obj::error_stays). */
void file_succeeded(struct obj *o, const char *file);
void file_clear_error(struct obj *o);

/* A line of error, or one that begins like it with the names of files. Of a setting that not
 * everybody may read, only its owner and root are told what is wrong: the sentence repeats what was
 * written. */
void file_tell(struct obj *o, const char *line, uid_t asker, struct buf *b);
int file_show_error(
    struct obj *o, const struct row *r, uid_t asker, struct buf *b); /* of the rows `error` */

void file_forget(struct obj *o); /* o is going: answer all that wait on it */

#endif
