/* STATE/roots/ID: what is a zone's own and stays, {etc,var,root,home}. The zone reaches these four
 * through mounts, never the directory that holds them. */
#ifndef WARREN_MOUNT_HELPER_BUILD_PRIVATE_H
#define WARREN_MOUNT_HELPER_BUILD_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Open it, made and filled where there is none. `owner` is the zone's root on the host: -1 where
 * the directory is another's. File system uid and gid are root's before and after. */
int private_open(int roots, const char *name, uid_t owner, const char *hostname);

/* Has the zone files of its own, or a layer over an image? */
bool private_is_there(int roots, const char *name);

/* Delete what private_open made, and what is left of one that was being made as the machine went
 * down. */
int private_forget(int roots, const char *name);

#endif
