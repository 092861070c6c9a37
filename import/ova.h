/* An OVA: a tar archive of a description (OVF), which is first in it, and of the disk. */
#ifndef WARREN_IMPORT_OVA_H
#define WARREN_IMPORT_OVA_H

#include <stdbool.h>

bool ova_is(int fd); /* the file is where it was */

/* Make its disk the file "disk", and report its machine. */
int ova_take(int fd);

/* Are there files of an OVF package here? It was no OVA, as its OVF did not come first. */
bool ova_was(void);

#endif
