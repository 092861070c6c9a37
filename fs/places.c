#include "fs/places.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"

enum { BEHIND = 64 << 10 }; /* what fs/handover has */
#define NOWHERE UINT64_MAX

struct noted {
	uint64_t fh; /* 0: free */
	struct place had, next;
};

static struct noted *all; /* NULL: nothing is noted */

/* Beside all[i]. */
static struct entry {
	struct list link; /* of by_fh, or unused */
} entries[PLACES];
static struct hash by_fh;
static struct list unused = {&unused, &unused};

static struct noted *noted_at(const struct entry *e)
{
	return &all[e - entries];
}

static void entry_add(struct entry *e)
{
	uint64_t fh = noted_at(e)->fh;
	list_add_tail(fh != 0 ? hash_bucket(&by_fh, fh, 0) : &unused, &e->link);
}

/* The file of an older helper's is shorter. */
static int file_grow(int fd)
{
	const off_t end = BEHIND + (off_t)(PLACES * sizeof(struct noted));
	struct stat st;
	if (fstat(fd, &st) < 0 || (st.st_size < end && ftruncate(fd, end) < 0))
		return err_sys("make room in the handover file");
	return 0;
}

int places_open(int fd)
{
	if (file_grow(fd) < 0)
		return -1;
	void *p = mmap(NULL, PLACES * sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED, fd, BEHIND);
	if (p == MAP_FAILED)
		return err_sys("map the handover file");
	all = p;
	for (size_t i = 0; i < PLACES; i++)
		entry_add(&entries[i]);
	return 0;
}

static struct entry *entry_find(uint64_t fh)
{
	if (all == NULL || fh == 0)
		return NULL;
	list_each(e, hash_bucket(&by_fh, fh, 0), struct entry, link)
		if (noted_at(e)->fh == fh)
			return e;
	return NULL;
}

/* A crash in between leaves no place that is half of this and half of that. */
static void place_set(struct place *to, struct place p)
{
	to->off = NOWHERE;
	atomic_signal_fence(memory_order_seq_cst);
	to->pos = p.pos;
	to->skip = p.skip;
	atomic_signal_fence(memory_order_seq_cst);
	to->off = p.off;
}

static struct entry *entry_make(uint64_t fh)
{
	if (all == NULL || fh == 0 || list_empty(&unused))
		return NULL;
	struct entry *e = container_of(unused.next, struct entry, link);
	struct noted *n = noted_at(e);
	n->had.off = n->next.off = NOWHERE;
	atomic_signal_fence(memory_order_seq_cst);
	n->fh = fh;
	list_del(&e->link);
	entry_add(e);
	return e;
}

void places_note(uint64_t fh, struct place p)
{
	struct entry *e = entry_find(fh);
	if (e == NULL)
		e = entry_make(fh);
	if (e != NULL)
		place_set(&noted_at(e)->next, p);
}

void places_answered(uint64_t fh)
{
	const struct entry *e = entry_find(fh);
	if (e != NULL)
		place_set(&noted_at(e)->had, noted_at(e)->next);
}

void places_close(uint64_t fh)
{
	struct entry *e = entry_find(fh);
	if (e == NULL)
		return;
	list_del(&e->link);
	noted_at(e)->fh = 0;
	entry_add(e);
}

bool places_find(uint64_t fh, uint64_t off, struct place *p)
{
	const struct entry *e = off != NOWHERE ? entry_find(fh) : NULL;
	if (e == NULL)
		return false;
	*p = noted_at(e)->had.off == off ? noted_at(e)->had : noted_at(e)->next;
	return p->off == off;
}

bool places_had(uint64_t fh, uint64_t *off)
{
	const struct entry *e = entry_find(fh);
	if (e == NULL || noted_at(e)->had.off == NOWHERE)
		return false;
	*off = noted_at(e)->had.off;
	return true;
}
