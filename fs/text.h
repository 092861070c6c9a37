/* Texts that were made of files, kept while somebody may read on in them. */
#ifndef WARREN_FS_TEXT_H
#define WARREN_FS_TEXT_H

#include "fs/tree.h"

struct text {
	struct list latest; /* text.c's index: the newest of its file; on none: there is a newer */
	unsigned refs;
	char *at; /* owned */
	size_t len;
	int64_t made;
	uint64_t node;
	uid_t asker; /* of row::show_to; 0: it is for all */
	uint64_t version; /* of the object then */
};

/* The text of a file as it is now: one that was made before, for whomever, where that is still
 * fresh, else a new one. He who asks finds it again when he reads, whatever others read meanwhile.
 * The caller's, until text_put(). NULL: the row can't show it here (the error says why). */
struct text *text_now(const struct node *n, uid_t asker);
void text_put(struct text *t);

/* Tie a text to an open file, and find the one tied (or NULL; borrowed). A user who has more of
 * them than he may (fs/hold.h) loses his oldest, and nobody else's. */
void text_keep(uint64_t node, uint64_t fh, uid_t reader, struct text *t);
struct text *text_kept(uint64_t node, uint64_t fh);
void text_drop(uint64_t node, uint64_t fh);

#endif
