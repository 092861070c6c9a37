/* Whose the files of an archive are. */
#ifndef WARREN_IMPORT_OWNER_H
#define WARREN_IMPORT_OWNER_H

struct archive_entry;

/* 1: e or an earlier entry has an owner who can't be in an image: write nothing any more, only
 * count */
int owner_check(struct archive_entry *e);

/* Call at the archive's end. -1: some have such owners; the error says how many */
int owners_end(void);

#endif
