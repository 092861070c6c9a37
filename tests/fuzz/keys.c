/* What is written to the file keys: what is taken are chords of keys that there are, none of them
 * twice. */
#include <errno.h>

#include "base/err.h"
#include "tests/fuzz/fuzz.h"
#include "vm/chord.h"
#include "vm/layout.h"

static void check_chord(const struct chord *c)
{
	assert(c->n > 0 && c->n <= CHORD_KEYS);
	for (unsigned i = 0; i < c->n; i++)
		assert(key_find(key_names[c->keys[i]]) == c->keys[i] &&
		       memchr(c->keys, c->keys[i], i) == NULL);
}

/* The first byte is the layout. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t layouts = 0;
	struct chord *list;
	size_t n;
	while (layout_words[layouts] != NULL)
		layouts++;
	if (size == 0)
		return 0;
	if (chords_parse((const char *)data + 1, size - 1, data[0] % layouts, &list, &n) < 0)
		assert(err_code() == EINVAL || err_code() == EMSGSIZE);
	assert((list != NULL) == (n > 0) && n <= CHORDS_MAX);
	for (size_t i = 0; i < n; i++)
		check_chord(&list[i]);
	free(list);
	return 0;
}
