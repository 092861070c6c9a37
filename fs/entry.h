/* Entries of a directory row (struct dir_row): made by mkdir or create, renamed by mv, removed. */
#ifndef WARREN_FS_ENTRY_H
#define WARREN_FS_ENTRY_H

#include "fs/ctl.h"

/* Make an entry of this name, which was checked. 0: r is answered when it is on disk; -1: refused.
 * A request that was sent to an earlier daemon finds what that has made. */
int entry_make(const struct node *dir, struct req *r, const char *name);

/* A dir_row::rename for directories in which no entry can be renamed over another. */
int entry_rename(struct obj *o, struct req *r, const char *name);

/* The end of dir_row::remove: o's settings go, then o. r, unless NULL, is answered. */
void entry_remove(struct obj *o, struct req *r);

/* The other end of dir_row::remove: o stays, as err says. */
void entry_keep(struct obj *o, struct req *r);

/* The command `destroy` of every entry that has a ctl. It does what rmdir does, for servers of
 * network shares, which never send an rmdir of a directory that is not empty. EACCES, EPERM: an
 * rmdir would be refused, too. */
int entry_destroy(struct obj *o, struct command *c);

/* The directory that o is in has one entry more or less, or one of another name. */
void entry_touch(const struct obj *o);

/* Remove o and its settings without a request: nobody waits, and a failure goes to the log. */
void entry_drop(struct obj *o);
void entry_forget(uint64_t id, bool fleeting); /* its settings alone */

/* The directory row of a type that is this one; NULL: it has none. */
const struct row *entry_slot(const struct type *t, const struct dir_row *d);

/* The object that a part's settings name as its parent, with such a directory; NULL: none */
struct obj *entry_parent(const char *settings, const struct dir_row *d);

#endif
