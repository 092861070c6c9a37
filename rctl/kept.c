#include "rctl/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"

enum { PLACES = 4096, PLACES_MORE = 32 };

struct file {
	uint64_t magic;
	uint64_t places; /* the file system has room for so many: touching another would kill us
			  * (SIGBUS) */
	struct kept at[PLACES];
};

/* A change of the layout changes the magic, and so the file is made anew. */
#define KEPT_MAGIC (UINT64_C(0x77617272656e0000) + sizeof(struct kept))

static struct file *file; /* mapped; NULL: none */
static int fd = -1;
static bool taken[PLACES];

static int make_room(uint64_t places)
{
	off_t size = (off_t)(offsetof(struct file, at) + places * sizeof(struct kept));
	int code = posix_fallocate(fd, 0, size);
	errno = code;
	return code != 0 ? err_sys("make room for what is counted") : 0;
}

static bool is_fit(const struct stat *st)
{
	size_t head = offsetof(struct file, at);
	return (size_t)st->st_size >= head && file->magic == KEPT_MAGIC && file->places <= PLACES &&
	       (size_t)st->st_size >= head + file->places * sizeof(struct kept);
}

static int begin_anew(void)
{
	if (ftruncate(fd, 0) < 0 || make_room(0) < 0)
		return err_sys("begin the file of what is counted");
	file->magic = KEPT_MAGIC;
	file->places = 0;
	return 0;
}

int kept_open(int dir)
{
	struct stat st;
	fd = openat(dir, "limits", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("open the file of what is counted");
	void *at = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return err_sys("map the file of what is counted");
	file = at;
	if ((st.st_size > 0 && is_fit(&st)) || begin_anew() == 0)
		return 0;
	kept_close();
	return -1;
}

void kept_close(void)
{
	if (file != NULL)
		munmap(file, sizeof(*file));
	file = NULL;
	fd_close(&fd);
	memset(taken, 0, sizeof(taken));
}

/* A place that nobody has, or NULL. */
static struct kept *free_place(void)
{
	size_t i = 0;
	while (i < PLACES && taken[i])
		i++;
	if (file == NULL || i == PLACES)
		return NULL;
	if (i >= file->places) {
		uint64_t more = i + PLACES_MORE < PLACES ? i + PLACES_MORE : PLACES;
		if (make_room(more) < 0) {
			log_warn("%s", err_text());
			return NULL;
		}
		file->places = more;
	}
	taken[i] = true;
	return &file->at[i];
}

struct kept *kept_begin(uint64_t id)
{
	struct kept *k = free_place();
	if (k == NULL)
		k = xcalloc(1, sizeof(*k)); /* it is lost with this daemon */
	*k = (struct kept){.id = id};
	return k;
}

/* A daemon that was killed may have written half of a step. */
static bool is_sane(const struct burst *b)
{
	double all[] = {b->usage, b->maxusage, b->bursting, b->above_base, b->above, b->below};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!isfinite(all[i]) || all[i] < 0)
			return false;
	return true;
}

struct kept *kept_find(uint64_t id, int *was)
{
	*was = 0;
	for (size_t i = 0; file != NULL && i < file->places; i++) {
		struct kept *k = &file->at[i];
		if (taken[i] || k->id != id || !is_sane(&k->burst))
			continue;
		taken[i] = true;
		*was = 1;
		return k;
	}
	return kept_begin(id);
}

static bool is_place(const struct kept *k)
{
	return file != NULL && k >= file->at && k < file->at + PLACES;
}

void kept_leave(struct kept **k)
{
	if (*k != NULL && !is_place(*k))
		free(*k);
	*k = NULL;
}

void kept_end(struct kept **k)
{
	if (*k != NULL && is_place(*k)) {
		taken[*k - file->at] = false;
		(*k)->id = 0;
	}
	kept_leave(k);
}
