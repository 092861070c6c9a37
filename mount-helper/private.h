/* STATE/roots/ID: what is a zone's own and stays, {etc,var,root,home}. The zone reaches these four
 * through mounts, never the directory that holds them. */
#ifndef WARREN_MOUNT_HELPER_PRIVATE_H
#define WARREN_MOUNT_HELPER_PRIVATE_H

#include <sys/types.h>

/* Open it, made and filled where there is none. `owner` is the zone's root on the host: -1 where the
 * directory is another's. File system uid and gid are root's before and after. */
int private_open(int roots, const char *name, uid_t owner, const char *hostname);

/* Delete it and all that is in it, whatever a zone has left there. */
int private_remove(int roots, const char *name);

#endif
