/* Replays a corpus without libFuzzer, as a test that speaks TAP: PROGRAM [DIRECTORY]. Without one
 * it takes tests/fuzz/corpus/NAME, where the program is called NAME or NAME_replay. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/fuzz/fuzz.h"

static int replay(int dir, const char *name)
{
	struct buf b = {0};
	if (fd_read_at(dir, name, &b) < 0) {
		printf("not ok 1 - %s: %s\n", name, err_text());
		return -1;
	}
	uint8_t *exact = malloc(b.len > 0 ? b.len : 1); /* of exactly its size, so that ASan finds a
							 * read behind it */
	assert(exact != NULL);
	memcpy(exact, buf_text(&b), b.len);
	LLVMFuzzerTestOneInput(exact, b.len);
	free(exact);
	buf_finish(&b);
	return 0;
}

static void default_dir(const char *program, char *path, size_t size)
{
	const char *base = strrchr(program, '/');
	base = base != NULL ? base + 1 : program;
	const char *end = strstr(base, "_replay");
	snprintf(path, size, "tests/fuzz/corpus/%.*s", end != NULL ? (int)(end - base) : 64, base);
}

int main(int argc, char **argv)
{
	char path[4096];
	int n = 0;
	default_dir(argv[0], path, sizeof(path));
	DIR *d = opendir(argc > 1 ? argv[1] : path);
	printf("1..1\n");
	if (d == NULL) {
		printf("not ok 1 - there is no corpus at %s\n", argc > 1 ? argv[1] : path);
		return 1;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		if (replay(dirfd(d), e->d_name) < 0)
			return 1;
		n++;
	}
	closedir(d);
	printf("%s 1 - %d inputs\n", n > 0 ? "ok" : "not ok", n);
	return n > 0 ? 0 : 1;
}
