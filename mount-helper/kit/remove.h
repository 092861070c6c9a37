/* Deleting what others have filled. */
#ifndef WARREN_MOUNT_HELPER_KIT_REMOVE_H
#define WARREN_MOUNT_HELPER_KIT_REMOVE_H

/* `name` in the directory dir and all that is in it, whatever a zone or an import has left there.
 * None is fine. */
int remove_all(int dir, const char *name);

#endif
