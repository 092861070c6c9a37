/* Errors: an errno for the kernel and a sentence for the person, kept together.
 *
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and leaves the reason here. The
 * reason is cleared where a request comes in (fs/file.c, the dispatch of a wire) and read where its
 * answer goes out, nowhere else. There is one thread, so there is one error.
 *
 * A sentence is lower case, has no full stop, quotes the offending word and says what would be
 * right: `"12x" is not a number: give percent of one CPU (1..6400), or none`. */
#ifndef WARREN_BASE_ERR_H
#define WARREN_BASE_ERR_H

enum { ERR_TEXT = 512 };

struct err {
	int code; /* an errno; 0: no error */
	char text[ERR_TEXT];
};

/* Set the error and return -1. A sentence longer than ERR_TEXT is cut, never lost. */
int err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same with errno and its text: err_sys("open %s", p) gives `open /x: No such file` */
int err_sys(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Put "context: " before the sentence that is there. Returns -1. */
int err_wrap(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Take over an error that came from another process or was set aside. Returns -1. */
int err_restore(const struct err *e);

/* Clean an error from a process that may be hostile: make it one line of plain text. */
void err_tidy(struct err *e);

void err_clear(void);
int err_code(void); /* never 0 after a failure: EIO where none was set */
const char *err_text(void); /* borrowed until the next err_ call */
void err_copy(struct err *to);

#endif
