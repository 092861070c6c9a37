/* Texts that were made of files, kept while somebody may read on in them. */
#ifndef WARREN_FS_TEXT_H
#define WARREN_FS_TEXT_H

#include "fs/req.h"

#define TEXT_AGE INT64_C(100000000) /* a counter's text is stale after 0.1 s (rule 6) */
#define TEXT_DUE INT64_C(1000000000) /* so long a size that was told is true (rule 6) */
enum { TEXT_PATIENCE = 1000000 }; /* us; short, as one program may ask for many files */

struct text {
	struct list latest; /* text.c's index: the newest of its file; on none: there is a newer */
	unsigned refs;
	char *at; /* owned */
	size_t len;
	int64_t made; /* now_ns() */
	uint64_t node;
	uint64_t end; /* TEXT_WRITTEN: the offset behind it, or bytes appended so far */
	uid_t asker; /* of row::show_to; 0: it is for all */
	uint64_t version; /* of the object then */
};

/* The text of a file as it is now: one that somebody else was given, if it is fresh, else a new
 * one. 0: *t is the caller's, until text_put(). TEXT_WAITS: it takes time, see text_wait(). -1: the
 * row can't show it here (the error says why). */
int text_now(const struct node *n, uid_t asker, struct text **t);
void text_put(struct text *t);
/* The last one that was made, which may be stale; NULL: none is left. Borrowed. */
const struct text *text_last(const struct node *n, uid_t asker);

/* What texts are to an open file. */
enum text_use {
	TEXT_READ, /* it reads on in it */
	TEXT_WRITTEN, /* it wrote that (pieces.c) */
	TEXT_REFUSED, /* why its latest write was refused (error.c) */
	TEXT_USES
};

/* Make a text of b's bytes, which it takes over; the caller's. */
struct text *text_of(uint64_t node, struct buf *b);

/* Tie a text to an open file, and find the one tied (or NULL; borrowed). A user who has more of
 * them than he may (fs/hold.h) loses his oldest, and nobody else's. */
void text_keep(uint64_t node, uint64_t fh, enum text_use use, uid_t user, struct text *t);
struct text *text_kept(uint64_t node, uint64_t fh, enum text_use use);
struct text *text_take(uint64_t node, uint64_t fh, enum text_use use); /* the caller's now */
void text_drop(uint64_t node, uint64_t fh); /* for each use */

/* This user was told the size of t: for TEXT_DUE it is what he reads next, whatever others read
 * meanwhile. text_due(): that text, for a read from the start by open file fh (NULL: there is none;
 * borrowed). */
void text_promise(uid_t asker, struct text *t);
struct text *text_due(const struct node *n, uid_t reader, uint64_t fh);

/* To open a file the kernel asks for its size once more. So what he was told and has not read yet
 * he is told again, for TEXT_DUE. The caller's; NULL: there is none. */
struct text *text_told(const struct node *n, uid_t asker);
void text_was_read(const struct node *n, uid_t reader);

/* ---- texts that take time ----
 *
 * A reader waits until the text is there, but at most TEXT_PATIENCE from when the text was first
 * asked for. Then he gets the last known text, or the error EIO if none is known since the object's
 * state changed. A later reader does not wait at all, until there is an answer. */

/* Park r. told(r, n) is called later and asks text_now() again, which has an answer by then. */
void text_wait(
    struct req *r, const struct node *n, void (*told)(struct req *, const struct node *));

/* The text of a row whose show returned TEXT_WAITS; takes over b's bytes. NULL: there is none, the
 * error says why. Harmless if nobody waits for it any more. */
void text_done(struct obj *o, const struct row *r, struct buf *b);

void text_forget(struct obj *o); /* o is going: who waits for its texts gets ENOENT */

#endif
