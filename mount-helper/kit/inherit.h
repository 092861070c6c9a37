/* The descriptors that a program inherits, at the numbers that it expects them at. */
#ifndef WARREN_MOUNT_HELPER_KIT_INHERIT_H
#define WARREN_MOUNT_HELPER_KIT_INHERIT_H

/* dup2 from[i] to number i, for n of them; -1 leaves number i closed. *keep stays open until exec:
 * it is moved above n if needed. All other descriptors are close-on-exec. */
int inherit_fds(int *from, int n, int *keep);

/* inherit_fds, then run the program open at `program`. Returns only on failure. */
int inherit_exec(int *from, int n, int program, char *const argv[], char *const env[]);

#endif
