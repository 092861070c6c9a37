/* Lines and words: what comes out, each character behind a backslash, splits to the same words. */
#include "base/buf.h"
#include "base/word.h"
#include "tests/fuzz/fuzz.h"

static void check_line(char *line)
{
	char *words[WORDS_MAX], *again[WORDS_MAX], q[16];
	int n = word_split(line, words, WORDS_MAX);
	struct buf b = {0};
	for (int i = 0; i < n; i++) {
		buf_str(&b, *words[i] == '\0' ? " ''" : " ");
		for (const char *p = words[i]; *p != '\0'; p++)
			buf_printf(&b, "\\%c", *p);
		word_quote(words[i], q, sizeof(q));
		assert(strlen(q) < sizeof(q));
	}
	char *text = buf_take(&b, NULL);
	assert(n < 0 || word_split(text, again, WORDS_MAX) == n);
	for (int i = 0; i < n; i++)
		assert(strcmp(words[i], again[i]) == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *rest = text;
	for (char *line; (line = word_line(&rest)) != NULL;)
		check_line(word_trim(line));
	free(text);
	return 0;
}
