/* Work that may hang for ever, on a file system whose server never answers: a process of its own
 * does it. */
#ifndef WARREN_MOUNT_HELPER_KIT_ASIDE_H
#define WARREN_MOUNT_HELPER_KIT_ASIDE_H

/* work(arg) gives a descriptor, which becomes the caller's, or -1 and an error. It has no other
 * descriptor than its own, and may change who it is. Nobody waits for it longer than ten seconds,
 * or for its end. `what` begins the sentence where it does not answer: "open /srv/x". */
int aside(int (*work)(const void *arg), const void *arg, const char *what);

#endif
