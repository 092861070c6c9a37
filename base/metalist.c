#include "base/metalist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/word.h"

struct head {
	uint32_t kind, size;
	char name[METALIST_NAME];
};

void metalist_add(
    struct buf *list, enum metalist_kind kind, const char *name, const void *bytes, size_t size)
{
	struct head h = {.kind = kind, .size = (uint32_t)size};
	snprintf(h.name, sizeof(h.name), "%s", name);
	buf_add(list, &h, sizeof(h));
	buf_add(list, bytes, size);
}

bool metalist_next(const struct buf *list, struct metalist_item *i)
{
	struct head h;
	if (list->len - i->next < sizeof(h))
		return false;
	memcpy(&h, list->at + i->next, sizeof(h));
	i->kind = (enum metalist_kind)h.kind;
	memcpy(i->name, h.name, sizeof(i->name));
	i->bytes = list->at + i->next + sizeof(h);
	i->size = h.size;
	i->next += sizeof(h) + h.size;
	return true;
}

bool metalist_find(const struct buf *list, const char *name, struct metalist_item *i)
{
	i->next = 0;
	while (metalist_next(list, i))
		if (strcmp(i->name, name) == 0)
			return true;
	return false;
}

/* ---- as a memory file ---- */

int metalist_file(const struct buf *list)
{
	cleanup_fd int fd = memfd_create("metadata", MFD_CLOEXEC);
	if (fd < 0 || fd_write_all(fd, buf_text(list), list->len) < 0)
		return err_sys("write metadata");
	return fd_move(&fd);
}

static bool is_fit(const struct head *h, size_t room)
{
	return h->kind < METALIST_KINDS && h->size <= METALIST_TEXT && h->size <= room &&
	       memchr(h->name, '\0', sizeof(h->name)) != NULL &&
	       (h->kind == METALIST_KEY || word_is_name(h->name));
}

static int list_check(const struct buf *list)
{
	size_t at = 0, n = 0;
	for (struct head h; at < list->len; at += sizeof(h) + h.size) {
		if (list->len - at < sizeof(h) || ++n > METALIST_ITEMS)
			return -1;
		memcpy(&h, list->at + at, sizeof(h));
		if (!is_fit(&h, list->len - at - sizeof(h)))
			return -1;
	}
	return 0;
}

int metalist_read(int fd, struct buf *list)
{
	char piece[4096];
	ssize_t n;
	while ((n = pread(fd, piece, sizeof(piece), (off_t)list->len)) > 0 &&
	       list->len <= METALIST_BYTES)
		buf_add(list, piece, (size_t)n);
	if (n < 0)
		return err_sys("read metadata");
	if (n > 0 || list_check(list) < 0) {
		buf_cut(list, 0);
		return err_set(EBADMSG, "the list of metadata is damaged");
	}
	return 0;
}

/* ---- as a directory ---- */

#define FRESH ".new" /* no name of a list begins so */

static bool is_same(const struct metalist_item *i, const struct buf *before)
{
	struct metalist_item was;
	return metalist_find(before, i->name, &was) && was.kind == i->kind && was.size == i->size &&
	       memcmp(was.bytes, i->bytes, i->size) == 0;
}

static int file_place(int dir, const struct metalist_item *i)
{
	unlinkat(dir, FRESH, 0);
	cleanup_fd int fd =
	    openat(dir, FRESH, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
	if (fd < 0 || fd_write_all(fd, i->bytes, i->size) < 0 ||
	    renameat(dir, FRESH, dir, i->name) < 0)
		return err_sys("write metadata/%s", i->name);
	return 0;
}

static bool is_wanted(const struct buf *list, const char *name)
{
	struct metalist_item i;
	return name[0] == '.' || strcmp(name, METALIST_SOCKET) == 0 ||
	       (metalist_find(list, name, &i) && i.kind == METALIST_FILE);
}

static int others_remove(int dir, const struct buf *list)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = own >= 0 ? fdopendir(own) : NULL;
	if (d == NULL) {
		fd_close(&own);
		return err_sys("read the directory of metadata");
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (!is_wanted(list, e->d_name))
			unlinkat(dir, e->d_name, 0);
	closedir(d);
	return 0;
}

int metalist_place(int dir, const struct buf *list, const struct buf *before)
{
	struct metalist_item i = {.next = 0};
	while (metalist_next(list, &i))
		if (i.kind == METALIST_FILE && !is_same(&i, before) && file_place(dir, &i) < 0)
			return -1;
	return others_remove(dir, list);
}
