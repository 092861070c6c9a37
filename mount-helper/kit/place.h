/* Descriptors at the numbers that a program expects them at. */
#ifndef WARREN_MOUNT_HELPER_KIT_PLACE_H
#define WARREN_MOUNT_HELPER_KIT_PLACE_H

/* from[i] becomes descriptor i, for n of them, and is inherited; -1 leaves number i closed. `keep`
 * moves out of the way where it must and stays open until exec; all others will close there. */
int place_fds(int *from, int n, int *keep);

/* place_fds, then run the program open at `program`. Returns only on failure. */
int place_exec(int *from, int n, int program, char *const argv[], char *const env[]);

#endif
