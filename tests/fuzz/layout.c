/* The JSON of an OCI layout: the first byte says which. */
#include "import/layout.c"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct layers l;
	struct blob b;
	if (size == 0)
		return 0;
	err_clear();
	int r = data[0] % 2 == 0 ? layout_index((const char *)data + 1, size - 1, &b)
				 : layout_manifest((const char *)data + 1, size - 1, &l);
	assert(r == 0 || err_text()[0] != '\0');
	for (size_t i = 0; data[0] % 2 == 1 && r == 0 && i < l.n; i++)
		assert(strspn(l.at[i].hex, "0123456789abcdef") == HEX && l.at[i].hex[HEX] == '\0');
	return 0;
}
