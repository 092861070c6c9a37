/* Lines of a settings file that a newer warren wrote and this one does not know, or whose value it
 * does not know. They are kept word for word and saved with the rest, so that the newer one finds
 * them all when it is used again. A file whose value is not known is unset, and an object that has
 * one does not boot: it would be another than it was told to be. */
#ifndef WARREN_FS_FOREIGN_H
#define WARREN_FS_FOREIGN_H

#include "fs/tree.h"

/* Keep "KEY VALUE". -1: EBADMSG, no warren writes such a key. */
int foreign_keep(struct obj *o, const char *key, const char *value);

/* Keep the value of r, a line or more of them. */
void foreign_keep_value(struct obj *o, const struct row *r, const char *value);

/* Is such a value kept? Drop it: r has another now. */
bool foreign_has_value(const struct obj *o, const struct row *r);
void foreign_drop_value(struct obj *o, const struct row *r);

/* -1: EOPNOTSUPP, a value is not known; the error names the file. */
int foreign_check_values(const struct obj *o);

/* All lines, as they were. */
void foreign_save(const struct obj *o, struct buf *b);

/* The error of an object that has some: it names them. 0: there are none. */
int foreign_tell(const struct obj *o);

#endif
