/* Texts that were made of files, kept while somebody may read on in them. */
#ifndef WARREN_FS_TEXT_H
#define WARREN_FS_TEXT_H

#include "fs/tree.h"

struct text {
	unsigned refs;
	char *at; /* owned */
	size_t len;
	int64_t made;
	uint64_t version; /* of the object then */
};

/* The text of a file as it is now: one that was made before where that is still fresh, else a new
 * one. Borrowed until the loop's next round. -1: the row can't show it here (the error says why). */
int text_now(const struct node *n, struct text **t);

/* Tie a text to an open file, and find the one tied (or NULL). */
void text_keep(uint64_t node, uint64_t fh, struct text *t);
struct text *text_kept(uint64_t node, uint64_t fh);
void text_drop(uint64_t node, uint64_t fh);

void text_forget(uint64_t id); /* all of an object's */

#endif
