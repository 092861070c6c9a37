/* A ring of bytes in a file: the last `room` bytes of a stream that never ends, for one writer and
 * any number of readers in other processes. Positions count from the stream's first byte and only
 * grow. The file is a header (struct ring_head) and then the room.
 *
 * The writer first says how far it will write (ahead), then stores the bytes, then the new total; a
 * reader that copies bytes looks at `ahead` again afterwards and drops what may have been
 * overwritten meanwhile. */
#ifndef WARREN_BASE_RING_H
#define WARREN_BASE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring_head {
	uint64_t magic;
	uint64_t room; /* bytes */
	uint64_t total; /* bytes ever written */
	uint64_t ahead; /* what total will be after the write under way */
	int64_t since; /* when it was made: microseconds since 1970 */
};

struct ring {
	int fd; /* owned; -1: none */
	uint64_t room;
};

enum { RING_ROOM_MAX = 64 << 20 };

/* Take over fd (owned then). make: write a new head with this room, over whatever the file was;
 * open: check the head that is there, -1 with EBADMSG where it is no ring. */
int ring_make(struct ring *r, int fd, uint64_t room, int64_t now);
int ring_open(struct ring *r, int fd);
void ring_close(struct ring *r);

/* The writer's side. -1: the disk is full. */
int ring_write(struct ring *r, const void *bytes, size_t n);

/* Total bytes ever written, and the position of the oldest that is still there. */
uint64_t ring_total(const struct ring *r);
uint64_t ring_oldest(const struct ring *r);
int64_t ring_since(const struct ring *r);

/* Copy up to n bytes from position *pos. If they are overwritten already, *pos moves to the oldest
 * byte that is left and *lost counts the bytes passed over. Returns the bytes copied; 0: nothing
 * new. */
size_t ring_read(const struct ring *r, uint64_t *pos, void *to, size_t n, uint64_t *lost);

#endif
