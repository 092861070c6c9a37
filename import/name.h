/* Names of what an archive has in it. */
#ifndef WARREN_IMPORT_NAME_H
#define WARREN_IMPORT_NAME_H

struct archive_entry;

/* e's name, and that of its hard link, become ways below the root without a link on them. -1: one
 * can't be in an image */
int names_fit(struct archive_entry *e);

#endif
