/* The table of all zones and VMs, for people. */
#ifndef WARREN_TREE_LIST_H
#define WARREN_TREE_LIST_H

#include "fs/tree.h"

/* dirs: the directories whose objects are zones or VMs, NULL-ended. */
void list_show(const struct dir *const *dirs, struct buf *b);

#endif
