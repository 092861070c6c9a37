/* An object's settings as text: its file on disk, and the file `config`.
 *
 * On disk, one item a line, every line checked when it is read back:
 *
 *	warren-object 1
 *	kind TYPE
 *	id N
 *	name NAME
 *	maker UID GID
 *	changed NS                                   when its state changed last
 *	attr FILE MODE UID GID MTIME_NS CTIME_NS     FILE . is the directory
 *	...                                          the type's own lines
 *	FILE-writer UID GID GROUP...                 fs/authored.h
 *	attr FILE-seal 0 0 0 0 0 SEAL...             the same; a version before seals takes it for
 *	                                             the attributes of a file that is no more
 *	set FILE VALUE                               a list: one line an element, in order
 *	end
 */
#ifndef WARREN_FS_SETTINGS_H
#define WARREN_FS_SETTINGS_H

#include "fs/tree.h"

void settings_save(const struct obj *o, struct buf *b);
char *settings_text(const struct obj *o); /* the caller's */

/* Replace all settings by those in text; what it does not name is unset. Nothing is put in force.
 * -1: EBADMSG with the line; the object is incomplete then. */
int settings_load(struct obj *o, const char *text);

/* The kind and the name that a settings file begins with, before there is an object. */
int settings_head(const char *text, char *kind, size_t ksize, char *name, size_t nsize);

/* Parse, check, put in force. Text is what a write brought; an empty one changes nothing. */
int settings_set(struct obj *o, const struct row *r, char *text);
void settings_unset(struct obj *o, const struct row *r);
char *settings_row_text(struct obj *o, const struct row *r); /* of one setting; the caller's */

int config_show(struct obj *o, const struct row *r, struct buf *b);
int config_store(struct obj *o, char *text);

#endif
