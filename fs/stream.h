/* Files that block: each open file has a reader, and a reader that has nothing to read yet waits at
 * the object.
 *
 * A change of the object wakes those who wait for it. They are asked again one after the other, a
 * few in each round of the loop, so that a change costs the same whoever waits; root's come
 * first. */
#ifndef WARREN_FS_STREAM_H
#define WARREN_FS_STREAM_H

#include "fs/req.h"

struct holder;

/* One open stream. After a restart of the daemon it is made again: where it began is part of the
 * file handle, the read's offset tells how many bytes it was given, and fs/places where it was then
 * in a stream that keeps its latest lines only. */
struct reader {
	struct list link; /* stream.c's index */
	struct holder *holder;
	uint64_t node, fh;
	uint64_t pos; /* where it stands, in the stream's own units; below 2^40 */
	bool begun; /* the stream's own */
	bool jumped; /* it skipped some bytes (only of a row with row::size) */
	uint64_t off; /* of the byte that it gets next */
	uint64_t skip; /* bytes behind pos that it was given already (the stream sets it to 0) */
};

/* A file handle: a serial number, and below it where a stream's reader begins; of other files, who
 * opened them. */
uint64_t stream_open(const struct node *n, uid_t opener);
uid_t stream_opener(uint64_t fh); /* of a file that is no stream */
void stream_release(uint64_t node, uint64_t fh);

void stream_read(struct req *r, const struct node *n);
/* Would a read not block? kh: the kernel's number of the poll, which the next daemon wakes, too; 0:
 * nobody waits. */
bool stream_poll(uint64_t fh, const struct node *n, uint64_t kh);
uint64_t stream_size(const struct node *n); /* of what a read of a file just opened would give */

/* For a row's stream that is one text, known by now: what the reader has not had of it. The row has
 * a size, so that it can be read at any place. */
enum stream stream_rest(struct reader *r, const char *text, struct buf *b, size_t max);

void stream_wake(struct obj *o); /* ask those that wait on o again, in later rounds of the loop */
void stream_forget(struct obj *o); /* o is going: who waits on it reads its end */

#endif
