/* The kernel's side of the tree: the only file that knows libfuse. */
#ifndef WARREN_FS_FUSE_H
#define WARREN_FS_FUSE_H

#include "fs/tree.h"

/* Serve the mounted /dev/fuse (takes it over). again: a daemon before this one served it, go on
 * where it stopped. statfs: the directory whose file system's totals statfs(2) shows. */
int fuse_start(int fuse, int handover, bool again, int statfs);
void fuse_stop(void);

/* Wake all that poll files of o, in a later round of the loop. */
void fuse_wake_polls(struct obj *o);

#endif
