/* A stream of a job's output, from its pipe or terminal into a ring. */
#ifndef WARREN_MONITOR_EXEC_STREAM_H
#define WARREN_MONITOR_EXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ring.h"

struct watch; /* watch.h */

struct stream {
	int fd; /* owned: where the output comes from; -1: nowhere (any more) */
	int epoll; /* borrowed */
	struct watch *as; /* borrowed: what epoll knows it by */
	struct ring ring; /* owned */
	uint64_t total; /* bytes in it so far */
	uint64_t taken; /* all before it has been read by somebody */
	bool watched;
	bool done; /* what was there at the job's end is in the ring */
	char *kept; /* owned: bytes that a full disk did not take; NULL: none */
	size_t nkept;
};

/* ended: the job has ended, so that the rest in the pipe may use the ring's last room. The bools:
 * there is something new to tell. */
void stream_begin(struct stream *s, int fd, int epoll, struct watch *as); /* fd is taken over */
bool stream_pull(struct stream *s, bool ended);
bool stream_drain(struct stream *s); /* the job has ended: all that is there */
bool stream_read_to(struct stream *s, uint64_t at, bool ended);
void stream_close(struct stream *s);

#endif
