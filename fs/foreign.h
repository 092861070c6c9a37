/* Lines of a settings file that a newer warren wrote and this one does not know. They are kept word
 * for word and saved with the rest, so that the newer one finds them all when it is used again. */
#ifndef WARREN_FS_FOREIGN_H
#define WARREN_FS_FOREIGN_H

#include "fs/tree.h"

/* Keep "KEY VALUE". -1: EBADMSG, no warren writes such a key. */
int foreign_keep(struct obj *o, const char *key, const char *value);

/* All of them, as they were. */
void foreign_save(const struct obj *o, struct buf *b);

/* The error of an object that has some: it names them. 0: there are none. */
int foreign_tell(const struct obj *o);

#endif
