#include "fs/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/handover.h"
#include "fs/hold.h"

enum { SERVED = 16, BYTES_MAX = 4 << 20, BUCKETS = 256 };

struct waiting {
	struct list link; /* line::requests */
	unsigned slot; /* handover's */
	size_t size;
	_Alignas(8) char bytes[];
};

/* The line of a user or block of users. It exists as long as something waits in it. */
struct line {
	struct list link; /* the index */
	struct list turn; /* turns */
	uint64_t key;
	struct list requests; /* the oldest first */
	size_t bytes;
};

static void (*handle)(void *request, size_t size);
static struct hash lines;
static struct list turns = {&turns, &turns};
static struct loop_task serving = {.fn = turns_serve};

/* How many requests of each user were handled at once in this round. Users whose numbers fall
 * together share a count, so that one may wait earlier than it had to. */
static struct {
	uint64_t round;
	unsigned n;
} handled[BUCKETS];
static uint64_t round_now;

void turns_open(void (*fn)(void *request, size_t size))
{
	handle = fn;
}

void turns_round(void)
{
	round_now++;
}

static bool may_go_at_once(uint64_t key)
{
	size_t i = hash_mix(key) % BUCKETS;
	if (handled[i].round != round_now)
		handled[i].n = 0;
	handled[i].round = round_now;
	return ++handled[i].n <= TURNS_AT_ONCE;
}

static struct line *line_find(uint64_t key)
{
	list_each(l, hash_bucket(&lines, key, 0), struct line, link)
		if (l->key == key)
			return l;
	return NULL;
}

static struct line *line_new(uint64_t key)
{
	struct line *l = xcalloc(1, sizeof(*l));
	l->key = key;
	list_init(&l->requests);
	list_add_tail(hash_bucket(&lines, key, 0), &l->link);
	list_add_tail(&turns, &l->turn);
	loop_soon(&serving);
	return l;
}

/* Handle the oldest request of the line. The line is freed with its last. */
static void line_serve(struct line *l)
{
	struct waiting *w = container_of(l->requests.next, struct waiting, link);
	list_del(&w->link);
	l->bytes -= w->size;
	list_del(&l->turn);
	if (list_empty(&l->requests)) {
		list_del(&l->link);
		free(l);
	} else {
		list_add_tail(&turns, &l->turn);
	}
	handover_end(w->slot); /* it is recorded anew where it is handled */
	handle(w->bytes, w->size);
	free(w);
}

bool turns_wait(uid_t uid, uint64_t unique, const void *request, size_t size)
{
	uint64_t key = hold_key(uid);
	struct line *l = line_find(key);
	if (l == NULL && may_go_at_once(key))
		return false;
	if (l == NULL)
		l = line_new(key);
	struct waiting *w = xcalloc(1, sizeof(*w) + size);
	w->slot = handover_begin(unique);
	w->size = size;
	memcpy(w->bytes, request, size);
	list_add_tail(&l->requests, &w->link);
	l->bytes += size;
	if (l->bytes > BYTES_MAX)
		line_serve(l);
	return true;
}

void turns_serve(void)
{
	for (int i = 0; i < SERVED && !list_empty(&turns); i++)
		line_serve(container_of(turns.next, struct line, turn));
	if (!list_empty(&turns))
		loop_soon(&serving);
}
