/* STATE/roots/ID: what is a zone's own and stays, {etc,var,root,home}. The zone reaches these four
 * through mounts, never the directory that holds them. */
#ifndef WARREN_MOUNT_HELPER_BUILD_PRIVATE_H
#define WARREN_MOUNT_HELPER_BUILD_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Open it; make and fill it if there is none. `owner`: the zone's root on the host; -1 if the
 * directory is another's. File system uid and gid are root's before and after. */
int private_open(int roots, const char *name, uid_t owner);

/* Has the zone files of its own, or a layer over an image? */
bool private_is_there(int roots, const char *name);

/* Delete what private_open made, also one that it had not completed when the machine went down. */
int private_forget(int roots, const char *name);

#endif
