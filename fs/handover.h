/* What a daemon leaves to the next one behind the same mount, in a memory file that the helper
 * keeps: the FUSE_INIT request that the session began with, the numbers of the requests under way,
 * and which open files are polled.
 *
 * The next daemon feeds the saved FUSE_INIT to its libfuse (the kernel answers the second reply
 * with ENOENT, which libfuse takes for an interrupted request), then asks the kernel to send the
 * requests under way again (FUSE_NOTIFY_RESEND, Linux 6.9). An older kernel can't: those are
 * answered EINTR. Whoever waits in poll has no request under way: the kernel is told to wake him
 * (FUSE_NOTIFY_POLL), and asks again on his behalf.
 *
 * So fuse_session_custom_io() is not needed, and libfuse 3.10 is enough. For each poll it is noted
 * how far the reader was, so that it is not woken for what it has read. Open files need no note but
 * that of their place (fs/places.h): where a stream's reader began is part of its file handle. */
#ifndef WARREN_FS_HANDOVER_H
#define WARREN_FS_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

/* Room for so many; more are not recorded (fs/hold.c keeps some for root). */
enum { HANDOVER_REQUESTS = 4096, HANDOVER_POLLS = 1024 };

int handover_open(int fd); /* borrowed; -1: it can't be mapped */

void handover_save_init(const void *request, size_t len);
const void *handover_init(size_t *len); /* NULL: there was none */

/* A request was read, whatever it is. */
void handover_read(uint64_t unique);

/* A request begins, which will have an answer; its answer is about to be written, before another
 * one ends. The caller keeps slot in between. */
unsigned handover_begin(uint64_t unique);
void handover_end(unsigned slot);

/* The open file fh is polled; kh: the kernel's number for that; had: bytes that its reader was
 * given. */
void handover_poll(uint64_t fh, uint64_t kh, uint64_t had);
uint64_t handover_had(uint64_t fh); /* as it was last polled; 0: it never was */
void handover_close(uint64_t fh);

/* Ask the kernel for the requests under way again, and wake the pollers; fuse: the device. */
void handover_resend(int fuse);

#endif
