/* A path of the host's, opened as the user who wrote it. */
#ifndef WARREN_MOUNT_HELPER_KIT_HOSTFILE_H
#define WARREN_MOUNT_HELPER_KIT_HOSTFILE_H

#include <stdbool.h>

#include "protocol/helper.h"

/* Returns the descriptor (for a host mount O_PATH) within ten seconds. -1: why not, naming the
 * path. */
int hostfile_open(const struct helper_file *f);

/* A disk is never made smaller. -1: ERANGE, it is larger than f->size already */
int hostfile_fits(int fd, const struct helper_file *f);

/* Is it a directory? Asks no file system, which might refuse or never answer. */
bool hostfile_is_dir(int fd);

/* Set the supplementary groups with which a file of the author's is opened; *gid: his own group. */
int hostfile_groups(const struct author *a, gid_t *gid);

/* Copy a file of at most 512 MiB. */
int hostfile_copy(int from, int to, const char *what);

#endif
