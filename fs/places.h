/* How far the readers of streams are, in the handover file behind what fs/handover has there. The
 * offset of a read tells the next daemon how many bytes a reader was given, not of which lines:
 * those may be kept no more.
 *
 * A place is noted before the answer that leads to it is written, and the one before it is kept
 * until then: the kernel's offset tells which of the two holds. */
#ifndef WARREN_FS_PLACES_H
#define WARREN_FS_PLACES_H

#include <stdbool.h>
#include <stdint.h>

struct place {
	uint64_t off; /* bytes given so far */
	uint64_t pos, skip; /* of struct reader */
};

/* Room for so many open files; more are not noted. */
enum { PLACES = 4096 };

int places_open(int fd); /* borrowed; -1: it can't be mapped */

/* The reader of the open file fh will be there with the answer about to be written; it is written;
 * the file is closed. */
void places_note(uint64_t fh, struct place p);
void places_answered(uint64_t fh);
void places_close(uint64_t fh);

/* Where the reader was when it had been given off bytes, and the last offset that it surely had;
 * false: it is not known. */
bool places_find(uint64_t fh, uint64_t off, struct place *p);
bool places_had(uint64_t fh, uint64_t *off);

#endif
