/* Values with their author. What names something of the host's is the word of who wrote it: it is
 * opened as him. A row with ROW_AUTHOR has a struct authored at its offset. The settings note who
 * writes it, refuse who can't be told, and keep him beside the value, with the helper's seals of
 * its paths (zone/proof.h):
 *
 *	FILE-writer UID GID GROUP...         base/author.h; row::author_key may name it otherwise
 *	attr FILE-seal 0 0 0 0 0 SEAL...
 *
 * The seals are on lines of their own, in the form of the attributes of a file that does not exist:
 * a version before seals skips such lines, and would refuse an unknown key. */
#ifndef WARREN_FS_AUTHORED_H
#define WARREN_FS_AUTHORED_H

#include "base/author.h"
#include "base/seal.h"
#include "fs/tree.h"

struct authored {
	union value v; /* first: the row's value */
	struct author by; /* counts where v is set */
	struct seal *seals; /* owned; one a path, in their order */
	unsigned nseals;
	bool due; /* its author has just written it: zone/proof.c has its paths proved */
	unsigned asked; /* proof.c's: how many paths the helper looks at */
};

/* Of a row with ROW_AUTHOR. */
struct authored *authored_of(struct obj *o, const struct row *r);

/* The present change has written the value: note its author; the seals are of the value before. 1:
 * another was the author; 0: the same, or the row has no author; -1: EPERM, the writer can't be
 * told */
int authored_note(struct obj *o, const struct row *r);

/* The value is unset. */
void authored_forget(struct obj *o, const struct row *r);

void authored_set_seals(struct authored *a, const struct seal *seals, unsigned n); /* copied */

/* Save its lines of the settings file; there are none if the value is not set, or the row has no
 * author. */
void authored_save(struct obj *o, const struct row *r, struct buf *b);

/* Load a line KEY VALUE; of attributes of FILE, VALUE is what follows the numbers. 1: it is no
 * author's line; -1: EBADMSG */
int authored_load(struct obj *o, const char *key, const char *value);
int authored_load_seals(struct obj *o, const char *file, const char *seals);

#endif
