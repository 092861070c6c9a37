/* Words and numbers out of hostile text. */
#ifndef WARREN_BASE_WORD_H
#define WARREN_BASE_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORDS_MAX = 64 };

/* Split a line in place at blanks. '...' and "..." keep blanks together; within "..." and outside
 * quotes a backslash takes the next character as it is (as in sh).
 * Returns the number of words, or -1 (EINVAL: open quote, more than max words). */
int word_split(char *line, char **words, int max);

/* Cut the next line off *text (NUL instead of the newline) and move *text behind it.
 * Returns NULL at the end. */
char *word_line(char **text);

char *word_trim(char *s); /* without the blanks at both ends, in place */

/* A whole decimal number, nothing before or after it. -1: EINVAL not a number, ERANGE past 2^64.
 * `what` names the wanted form in the sentence: "give seconds (0..3600)". */
int word_u64(const char *s, const char *what, uint64_t *value);

/* A size: a number with at most one of K M G T behind it (powers of 1024). */
int word_size(const char *s, const char *what, uint64_t *value);

/* Names of zones and the like: 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit. */
bool word_is_name(const char *s);

/* How many slips turn b into `wrote`: letters missing, added, wrong, or swapped with their
 * neighbour. 1 if `wrote` is a part of b, of 3 letters or more. Capital letters count as small
 * ones. WORD_FAR: too many, another word was meant. */
#define WORD_FAR UINT32_MAX
unsigned word_slips(const char *wrote, const char *b);

/* A copy of s with what a terminal would act on (control bytes, non-ASCII) shown as ?, cut to size;
 * for quoting a user's word in a sentence. Returns `to`. */
const char *word_quote(const char *s, char *to, size_t size);

#endif
