#include "host/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/writer.h"

int history_dir = -1;

/* A line on its way to the disk. */
struct line {
	struct list link; /* unwritten, in the order of the events */
	uint64_t id;
	size_t len;
	char *text; /* owned */
};

static struct list unwritten = {&unwritten, &unwritten};

static void on_written(void *arg, const struct err *e)
{
	struct line *l = arg;
	if (e != NULL)
		log_warn("%s: %s", e->text, l->text);
	list_del(&l->link);
	free(l->text);
	free(l);
}

void history_add(uint64_t id, const char *line)
{
	struct line *l = xcalloc(1, sizeof(*l));
	*l = (struct line){.id = id, .len = strlen(line), .text = xstrdup(line)};
	list_add_tail(&unwritten, &l->link);
	writer_append(id, l->text, l->len, on_written, l);
}

static int open_file(uint64_t id, bool older)
{
	char name[WRITER_NAME];
	writer_history(id, older, name);
	return openat(history_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static bool is_same(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

static void add_file(int fd, struct buf *b)
{
	char bytes[16 << 10];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(b, bytes, (size_t)n);
}

/* Add the unwritten lines with which the file does not end yet: a line may be in the file before
 * the writer's answer comes. */
static void add_unwritten(uint64_t id, struct buf *b)
{
	struct buf rest = {0};
	size_t known = 0;
	list_each(l, &unwritten, struct line, link) {
		if (l->id != id)
			continue;
		buf_add(&rest, l->text, l->len);
		if (b->len >= rest.len && memcmp(b->at + b->len - rest.len, rest.at, rest.len) == 0)
			known = rest.len;
	}
	if (rest.len > known)
		buf_add(b, rest.at + known, rest.len - known);
	buf_finish(&rest);
}

int history_show(struct obj *o, const struct row *r, struct buf *b)
{
	/* the newer file first: if it becomes the older one meanwhile nothing is missed */
	cleanup_fd int newer = open_file(o->id, false), older = open_file(o->id, true);
	(void)r;
	if (older >= 0 && !(newer >= 0 && is_same(newer, older)))
		add_file(older, b);
	if (newer >= 0)
		add_file(newer, b);
	add_unwritten(o->id, b);
	return 0;
}

uint64_t history_id(const char *name)
{
	char *end;
	uint64_t id = strtoull(name, &end, 10);
	return strcmp(end, ".history") == 0 || strcmp(end, ".history.old") == 0 ? id : 0;
}
