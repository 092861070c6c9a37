/* Deleting what others have filled. */
#ifndef WARREN_MOUNT_HELPER_KIT_REMOVE_H
#define WARREN_MOUNT_HELPER_KIT_REMOVE_H

/* Delete `name` in the directory dir and all that is in it, whatever a zone or an import left
 * there. That there is none is no error. */
int remove_all(int dir, const char *name);

#endif
