/* The kernel's side of the tree: the only file that knows libfuse. */
#ifndef WARREN_FS_FUSE_H
#define WARREN_FS_FUSE_H

#include "fs/tree.h"

/* Serve the mounted /dev/fuse (owned from now on). again: a daemon before us served it, go on where
 * it stopped. statfs: a directory whose file system's totals statfs shows. */
int fuse_start(int fuse, int handover, bool again, int statfs);
void fuse_stop(void);

/* Who waits in poll for a file of o's asks again, in a later round of the loop. */
void fuse_wake_polls(struct obj *o);

#endif
