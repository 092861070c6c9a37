/* mount.warren's command line, one word a line. */
#include "mount-helper/kit/options.h"

#include <getopt.h>

#include "base/word.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { WORDS = 32 };
	char *text = fuzz_string(data, size), *rest = text, name[] = "mount.warren",
	     *argv[WORDS + 2] = {name};
	struct options o;
	int argc = 1;
	for (char *word; argc <= WORDS && (word = word_line(&rest)) != NULL;)
		argv[argc++] = word;
	optind = 0;
	if (options_parse(&o, argc, argv) == 0) {
		assert(o.mountpoint[0] == '/' && o.source[0] != '\0');
		assert(o.state[0] == '/' && o.run[0] == '/');
		assert(o.cgroup[0] != '\0' && o.cgroup[0] != '.' && o.cgroup[0] != '/');
		assert(strstr(o.cgroup, "/.") == NULL && strstr(o.cgroup, "//") == NULL);
		assert(o.cgroup[strlen(o.cgroup) - 1] != '/' && strlen(o.cgroup) <= GROUP_PATH_MAX);
		assert(o.level < LOG_LEVELS);
	}
	options_finish(&o);
	free(text);
	return 0;
}
