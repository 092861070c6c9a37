/* Names of what an archive has in it. */
#ifndef WARREN_IMPORT_NAME_H
#define WARREN_IMPORT_NAME_H

struct archive_entry;

/* Resolve e's name, and that of its hard link, into paths below the root without links. -1: one
 * can't be in an image */
int names_fit(struct archive_entry *e);

#endif
