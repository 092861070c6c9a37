/* A list of named texts, in memory or in a memory file: what a zone or VM may know. The daemon
 * makes it; the helper and a monitor, who do not believe the daemon, place it in a directory. */
#ifndef WARREN_BASE_METALIST_H
#define WARREN_BASE_METALIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum {
	METALIST_NAME = 64, /* with its NUL */
	METALIST_TEXT = 64 << 10, /* bytes of one text at most */
	METALIST_ITEMS = 300,
	METALIST_BYTES = 2 << 20 /* of a whole list */
};

enum metalist_kind {
	METALIST_FILE, /* its name is a word_is_name() */
	METALIST_KEY, /* is asked for by name, and is no file */
	METALIST_GONE, /* of a change: it is to be removed */
	METALIST_KINDS
};

struct metalist_item {
	enum metalist_kind kind;
	char name[METALIST_NAME];
	const char *bytes; /* borrowed from the list */
	size_t size;
	size_t next; /* where the item behind it begins */
};

void metalist_add(
    struct buf *list, enum metalist_kind kind, const char *name, const void *bytes, size_t size);

/* The item behind *i, of which `next` alone counts: 0 for the first. False: there are no more. */
bool metalist_next(const struct buf *list, struct metalist_item *i);

/* Find by name. False: there is none. */
bool metalist_find(const struct buf *list, const char *name, struct metalist_item *i);

/* A memory file with it, the caller's; -1. And all of such a file into an empty buf: -1 with
 * EBADMSG where it is not in this form. */
int metalist_file(const struct buf *list);
int metalist_read(int fd, struct buf *list);

#define METALIST_SOCKET "socket" /* the one name in a directory that no file may have */

/* Let the directory have the list's files, the socket, and nothing else. A file is replaced at
 * once, so that a reader sees the old one or the new one; one that is the same in `before` stays as
 * it is. */
int metalist_place(int dir, const struct buf *list, const struct buf *before);

#endif
