#include "base/json.h"

#include <stdbool.h>
#include <sys/random.h>

enum { DEPTH = 64 };

static bool is_deep(const char *text, size_t n)
{
	bool quoted = false;
	int depth = 0;
	for (size_t i = 0; i < n && depth <= DEPTH; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (quoted)
			i += text[i] == '\\';
		else
			depth +=
			    (text[i] == '[' || text[i] == '{') - (text[i] == ']' || text[i] == '}');
	}
	return depth > DEPTH;
}

void json_init(void)
{
	unsigned seed = 0;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0 || seed == 0)
		seed = 1;
	json_object_seed(seed);
}

json_t *json_parse(const char *text, size_t n)
{
	/* numbers of QEMU's have 64 bits, without a sign */
	return is_deep(text, n) ? NULL : json_loadb(text, n, JSON_DECODE_INT_AS_REAL, NULL);
}

const char *json_word(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));
	return s != NULL ? s : "";
}
