/* Whose the files of an archive are. */
#ifndef WARREN_IMPORT_OWNER_H
#define WARREN_IMPORT_OWNER_H

struct archive_entry;

/* 1: e or one before it has an owner who can't be in an image: nothing is to be written any more,
 * only counted */
int owner_check(struct archive_entry *e);

/* At the archive's end. -1: how many have */
int owners_end(void);

#endif
