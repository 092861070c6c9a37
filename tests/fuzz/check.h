/* What holds after every write to a file of the tree (interface.md, rule 3). */
#ifndef WARREN_TESTS_FUZZ_CHECK_H
#define WARREN_TESTS_FUZZ_CHECK_H

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/house.h"

static inline void check_error_line(const struct obj *o, const char *file)
{
	size_t n = strlen(file);
	assert(o->error != NULL && strncmp(o->error, file, n) == 0 && o->error[n] == ':');
	assert(strlen(o->error) < ERR_TEXT + 64);
	for (const char *p = o->error; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f);
}

/* Refused: never with a number that NFS clients retry, and nothing has changed. */
static inline int check_write(
    struct obj *o, const char *file, const char *text, size_t size, bool changes)
{
	char *before = settings_text(o);
	int code = house_put(o, file, text, size);
	assert(code != EBUSY && code != EAGAIN && code != ETIMEDOUT);
	if (code != 0) {
		char *after = settings_text(o);
		assert(changes || strcmp(before, after) == 0);
		check_error_line(o, file);
		free(after);
	}
	free(before);
	return code;
}

#endif
