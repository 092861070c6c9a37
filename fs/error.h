/* The rows `error`: what the last refused write of an object's files was refused for. */
#ifndef WARREN_FS_ERROR_H
#define WARREN_FS_ERROR_H

#include "fs/req.h"

/* Refuse r: store "FILE: sentence" in the object's `error` and answer with the error's number, or
 * with EIO for a number at which NFS clients retry. An open file that can be read, too, reads that
 * line next, whoever else is refused meanwhile. */
void error_refuse(struct req *r, struct obj *o, const char *file);
void error_note(struct obj *o, const char *file);

/* Refuse a read: as error_refuse, but the line goes with any success in this object, and where the
 * reader is neither root nor owner of the file it takes no other line's place. */
void error_refuse_read(struct req *r, const struct node *n);

/* A write or change of the file has succeeded: its last refusal is dropped from `error`, unless the
 * line is about the object's state (obj::error_stays). */
void error_over(struct obj *o, const char *file);
void error_clear(struct obj *o);

/* A line of error, or one that begins like it with the names of files. Of a setting that not
 * everybody may read, only its owner and root are told what is wrong: the sentence repeats what was
 * written. */
void error_tell(struct obj *o, const char *line, uid_t asker, struct buf *b);
int error_show(
    struct obj *o, const struct row *r, uid_t asker, struct buf *b); /* of the rows `error` */

/* May this user read the value of a setting: is it readable by all, or is he its owner or root? */
bool error_may_read(struct obj *o, const struct row *r, uid_t asker);

#endif
