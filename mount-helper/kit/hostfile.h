/* A path of the host's, opened as the user who wrote it. */
#ifndef WARREN_MOUNT_HELPER_KIT_HOSTFILE_H
#define WARREN_MOUNT_HELPER_KIT_HOSTFILE_H

#include <stdbool.h>

#include "protocol/helper.h"
#include "protocol/import.h"

/* Returns the descriptor (for a host mount O_PATH) within ten seconds. -1: why not, naming the
 * path. */
int hostfile_open(const struct helper_file *f);

/* The same for a disk, made if it is missing and f->size is not 0. Only a raw one is made larger
 * here: QEMU does that for others. */
int hostfile_open_disk(const struct helper_file *f, enum disk_format format);

/* A disk is never made smaller. -1: ERANGE, it is larger than f->size already, by the bytes of the
 * file or by those that it has as a guest sees it */
int hostfile_fits(int fd, const struct helper_file *f);
int hostfile_holds(uint64_t has, const struct helper_file *f);

/* Is it a directory? Asks no file system, which might refuse or never answer. */
bool hostfile_is_dir(int fd);

/* Set the supplementary groups with which a file of the author's is opened; *gid: his own group. */
int hostfile_groups(const struct author *a, gid_t *gid);

/* Copy a file of at most 512 MiB. */
int hostfile_copy(int from, int to, const char *what);

#endif
