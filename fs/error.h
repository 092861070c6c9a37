/* The rows `error`: what the last refused write of an object's files was refused for. */
#ifndef WARREN_FS_ERROR_H
#define WARREN_FS_ERROR_H

#include "fs/req.h"

/* Refuse: store "FILE: sentence" in the object's error file and answer with the error's number; EIO
 * for what NFS clients would ask again for. */
void error_refuse(struct req *r, struct obj *o, const char *file);
void error_note(struct obj *o, const char *file);

/* A write or change of the file was done: what its last one was refused for is told no longer, but
 * where it tells of the object's state (obj::error_stays). */
void error_over(struct obj *o, const char *file);
void error_clear(struct obj *o);

/* A line of error, or one that begins like it with the names of files. Of a setting that not
 * everybody may read, only its owner and root are told what is wrong: the sentence repeats what was
 * written. */
void error_tell(struct obj *o, const char *line, uid_t asker, struct buf *b);
int error_show(
    struct obj *o, const struct row *r, uid_t asker, struct buf *b); /* of the rows `error` */

#endif
