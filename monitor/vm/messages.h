/* QEMU's standard error: all of it goes to the journal, and the last error,
 * or else the last line, is the reason of its end. */
#ifndef WARREN_MONITOR_VM_MESSAGES_H
#define WARREN_MONITOR_VM_MESSAGES_H

int messages_init(int fd);
int messages_fd(short *events);
void messages_ready(short revents);
void messages_end(void); /* QEMU has ended: take what is left */
const char *messages_last(void); /* "" if none; printable */

#endif
