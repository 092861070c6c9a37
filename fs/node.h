/* The rows: every file of the tree is one of these and nothing else names it.
 *
 * A row says how its text is made (show), what takes a write (a kind with an offset, a table of
 * commands, a store function, or bytes), whether it blocks (stream), or that it is a directory.
 * Lookup, attributes, listing, open, read, write, `config` and `help` all come from it. */
#ifndef WARREN_FS_NODE_H
#define WARREN_FS_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"

struct obj;
struct req;
struct row;
struct keyed;
struct reader;
struct command;
struct helper_proof;

/* The value of a setting, in the object at the row's offset. */
union value {
	uint64_t n;
	char *s; /* owned; NULL: not set */
	void *p; /* owned, one piece of memory; NULL: not set */
};

/* What a value looks like as text; kind.c has them all. */
struct kind {
	bool owned; /* the value is .s or .p */
	enum { ONE_LINE, LIST, SCRIPT } lines; /* a list's may come in pieces (pieces.h) */
	/* text: one line, or all lines of a list. -1: EINVAL, ERANGE */
	int (*parse)(const struct row *, char *text, union value *v);
	void (*format)(const struct row *, const union value *v, struct buf *b);
};

extern const struct kind kind_number; /* row->min..max; VALUE_NONE where row->none */
extern const struct kind kind_size; /* the same in bytes, with K M G T */
/* One of row->words: its index. Where row->max is set, or a number up to that: behind the words. */
extern const struct kind kind_choice;
extern const struct kind kind_line; /* one line of text; none: not set */
/* Is it a line of text: without control characters, and of row->max bytes at most, where that is
 * given? -1: EINVAL, ERANGE */
int line_check(const struct row *r, const char *line);

extern const struct kind kind_path; /* one that begins with /; none: not set */
extern const struct kind kind_list; /* a list of lines of text; none: an empty one */
extern const struct kind kind_script; /* lines of text that are one */
extern const struct kind kind_cpus; /* a list of CPUs as in cpuset, below row->max; none: not set */

#define VALUE_NONE UINT64_MAX

enum {
	ROW_COUNTER = 1, /* changes by itself: its text is never older than TEXT_AGE */
	ROW_NEXT_BOOT = 2, /* a new value waits for the next boot */
	ROW_OWNERS = 4, /* belongs to who made the directory; the others to root */
	ROW_AUTHOR = 8, /* its author counts: the value is in a struct authored (fs/authored.h) */
	ROW_ANEW = 16, /* writing the same value again applies it again: what it names may be
			* another thing now */
	ROW_TRIED = 64, /* with ROW_NEXT_BOOT: it waits only where it can't be in force at once */
	ROW_GROWS = 32, /* it only grows at its end: a reader at the end gets what is added (tail
			 * -f) */
};

/* One verb of a ctl file. */
struct command_row {
	const char *name;
	int min, max; /* words behind the verb */
	/* 0 done; -1 refused; COMMAND_WAITS: command_done() comes later */
	int (*run)(struct obj *, struct command *);
	const char *usage;
	unsigned states; /* a bit for each state in which it makes sense (type::state); 0: all */
	const char *elsewhere; /* words of other tools for it, blank-separated; may be NULL */
};
enum { COMMAND_WAITS = 1 };

/* What a row's show may answer: it has asked elsewhere. */
enum { TEXT_WAITS = 1 };

/* How a stream's read ended. */
enum stream { STREAM_WAITS, STREAM_GAVE, STREAM_ENDED };

struct row {
	uint16_t no; /* 1..1023, for ever: part of the inode number */
	const char *name;
	mode_t mode; /* permissions; S_IFDIR for a directory */
	unsigned flags;
	const char *help;
	const char *example; /* a value, where it is not obvious; NULL: none */

	const struct kind *kind; /* a setting */
	size_t off; /* of its union value in the object; of a directory's struct dir */
	uint64_t min, max;
	bool none; /* the number may be VALUE_NONE */
	const char *unset; /* its value as text when nobody set it; NULL: zero */
	const char *wanted; /* what would be right: "give percent of one CPU (1..6400), or none" */
	const char *const *words; /* of kind_choice, NULL-ended */
	const struct keyed *keyed; /* of kinds that are made of keys (fs/keyed.h) */
	/* of ROW_AUTHOR: the key of its author's line on disk; NULL: FILE-writer */
	const char *author_key;
	/* of ROW_AUTHOR: list the host paths in the value, with use and size, into `to`, which is
	 * zeroed and has room for all (zone/proof.h). How many, or -1 */
	int (*paths)(struct obj *, const struct row *, struct helper_proof *to);
	int (*check)(struct obj *, const struct row *); /* is the new value, in place, fit? */
	int (*apply)(struct obj *, const struct row *); /* put it in force */

	/* 0, or -1; TEXT_WAITS: text_done() comes later (fs/text.h). Of a directory: its entries
	 * are those of now, and there is no text. */
	int (*show)(struct obj *, const struct row *, struct buf *);
	/* as who asks may see it */
	int (*show_to)(struct obj *, const struct row *, uid_t asker, struct buf *);
	int (*store)(struct obj *, char *text); /* a write that sets several settings by itself */
	const struct command_row *commands; /* NULL-ended */
	int (*bytes)(
	    struct obj *, struct req *, const char *bytes, size_t n); /* answers the request */
	int (*may_write)(struct obj *); /* -1: not in this state; NULL: it always may */
	uint64_t (*begin)(struct obj *); /* where a stream's reader starts, at open */
	enum stream (*stream)(struct obj *, struct reader *, struct buf *, size_t max);
	uint64_t (*size)(
	    struct obj *); /* of a stream that can be read from its start: bytes so far */
	/* a write of the setting is on disk: goes on, and answers it later (NULL: nobody waits) */
	void (*saved)(struct obj *, struct req *);
	const struct dir_row *dir;
	/* a plain file: show gives its bytes. Called from inside a change, which saves it. */
	int (*put)(
	    struct obj *, uint64_t off, const char *bytes, size_t n); /* ROW_END: behind all */
	int (*resize)(struct obj *, uint64_t size);
};

#define ROW_END UINT64_MAX

/* A directory whose entries come and go (fs/entry.h): directories, or plain files, which can be
 * renamed over one another. remove and rename answer the request themselves if they return 0. */
struct dir_row {
	struct obj *(*create)(
	    struct obj *parent, const struct row *, const char *name); /* NULL: refused */
	/* instead, of entries that are kept elsewhere (type::elsewhere), where those are files with
	 * any name: 0, and answers the request; -1 refuses */
	int (*make)(struct obj *parent, const struct row *, struct req *, const char *name);
	void (*made)(struct obj *child); /* it is on disk; may be NULL */
	int (*remove)(struct obj *child, struct req *); /* ends in entry_remove() or entry_keep() */
	/* The settings of child go next, at the word of this request or NULL, and a daemon that
	 * dies from here on does not tell of it any more; may be NULL. */
	void (*leaves)(struct obj *child, const struct req *);
	void (*removed)(struct obj *child); /* child is going, its settings are gone; may be NULL */
	void (*kept)(struct obj *child); /* it could not be removed; may be NULL */
	int (*rename)(struct obj *child, struct req *, const char *name);
	int (*may_rename)(
	    struct obj *child); /* for entry_rename(): -1 refuses; NULL: it always may */
	bool files;
	const char *help; /* of the row DIR/help in it: lines; NULL: there is none */
};

enum { MESSAGE_MAX = 64 << 10, LINE_MAX_BYTES = 4096, NAME_LEN = 63 };
enum { ENTRY_LEN = 127 }; /* of a name that another than the tree has given */

#endif
