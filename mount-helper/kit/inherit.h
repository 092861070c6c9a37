/* Descriptors at the numbers that a program expects them at. */
#ifndef WARREN_MOUNT_HELPER_KIT_INHERIT_H
#define WARREN_MOUNT_HELPER_KIT_INHERIT_H

/* from[i] becomes descriptor i, for n of them, and is inherited; -1 leaves number i closed. `keep`
 * moves out of the way where it must and stays open until exec; all others will close there. */
int inherit_fds(int *from, int n, int *keep);

/* inherit_fds, then run the program open at `program`. Returns only on failure. */
int inherit_exec(int *from, int n, int program, char *const argv[], char *const env[]);

#endif
