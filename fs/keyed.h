/* Settings that are a line of KEY=VALUE words. A table tells the keys; the line is parsed once,
 * into a struct of the row's own, and shown from it again.
 *
 * That struct begins with an unsigned in which bit N says that key N of the table was there, and
 * holds all else within itself: the settings free it as one piece of memory. */
#ifndef WARREN_FS_KEYED_H
#define WARREN_FS_KEYED_H

#include "fs/node.h"

enum { KEYS_MAX = 32 }; /* in one table, and words in a line */

enum {
	KEY_MANY = 1, /* may be repeated: its kind adds to the value */
	KEY_BARE = 2, /* a word without =VALUE */
	KEY_FIRST = 4, /* the first key of a table: the line begins with its value alone */
	KEY_NONE = 8, /* a number that may be none (or max): VALUE_NONE */
};

struct key {
	const char *name;
	const struct key_kind *kind;
	unsigned flags;
	size_t off, size; /* of its field in the struct: KEY_FIELD */
	uint64_t min, max; /* of numbers and sizes */
	const char *const *words; /* of key_choice, NULL-ended */
	const char *wanted; /* "give on or off"; NULL: the row's */
};

#define KEY_FIELD(type, field) .off = offsetof(type, field), .size = sizeof(((type *)0)->field)

/* What the value of a key looks like. */
struct key_kind {
	/* Parse the value (changed by it) into the field. -1: EINVAL, ERANGE */
	int (*parse)(const struct row *, const struct key *, char *value, void *field);
	void (*format)(const struct key *, const void *field, struct buf *b);
};

extern const struct key_kind key_number; /* min..max, into an unsigned field of any size */
extern const struct key_kind key_size; /* the same in bytes, with K M G T */
extern const struct key_kind key_choice; /* one of words; its index, into such a field */
extern const struct key_kind key_text; /* into an array of char */
extern const struct key_kind key_flag; /* of KEY_BARE: it has no value */

/* row::keyed of a row whose kind is kind_keyed. */
struct keyed {
	const char *noun; /* "a disk", for `"x" is not a property of a disk` */
	size_t size; /* of the struct */
	const struct key *keys; /* ends with one without a name */
	int (*check)(const struct row *, void *line); /* checks the keys together; NULL: nothing to
						       * check */
};

extern const struct kind kind_keyed; /* value::p is the struct; none: NULL */

/* Parse one line (changed by it) into a zeroed struct; for kinds with several lines. -1: EINVAL,
 * ERANGE, or the error of a key's kind */
int keyed_parse(const struct row *r, char *text, void *line);

/* Format the keys that are given, in the order of the table, without a newline. */
void keyed_format(const struct row *r, const void *line, struct buf *b);

static inline bool keyed_has(const void *line, unsigned key)
{
	return (*(const unsigned *)line >> key & 1) != 0;
}

/* Refuse with `KEY=VALUE WHAT`, for kinds of a row's own. Returns -1. */
int key_wrong(int code, const struct key *k, const char *value, const char *what);

/* Calls one() for each part of a value between commas. */
int key_each(const struct key *k, char *value, void *field,
    int (*one)(const struct key *k, char *part, void *field));

#endif
