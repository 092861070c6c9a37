/* Work that may hang for ever, on a file system whose server never answers: it is done in a process
 * of its own. */
#ifndef WARREN_MOUNT_HELPER_KIT_ASIDE_H
#define WARREN_MOUNT_HELPER_KIT_ASIDE_H

/* Run work(arg) in that process and return the descriptor that it returns, or -1 and its error. It
 * has no descriptor but its own socket, and may change its user. The caller waits at most ten
 * seconds, and not for its end. `what` begins the sentence if it does not answer: "open /srv/x". */
int aside(int (*work)(const void *arg), const void *arg, const char *what);

/* The same for work on descriptors that are open already: there they are those from ASIDE_FDS on.
 * It returns 0, or -1 and its error. */
enum { ASIDE_FDS = 4 };
int aside_look(
    int (*work)(const void *arg), const void *arg, const int *fds, int n, const char *what);

#endif
