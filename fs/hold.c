#include "fs/hold.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "fs/handover.h"

/* each: one user; all: all users but root; root: root alone */
static const struct {
	size_t each, all, root;
	const char *what;
} limits[HOLDS] = {
    [HOLD_REQUESTS] = {256, HANDOVER_REQUESTS * 3 / 4, SIZE_MAX, "reads and writes that wait"},
    [HOLD_READERS] = {256, HANDOVER_REQUESTS * 3 / 4, SIZE_MAX, "open files that block"},
    [HOLD_POLLS] = {256, HANDOVER_POLLS * 3 / 4, SIZE_MAX, "files that are polled"},
    [HOLD_TEXTS] = {16 << 20, 128 << 20, 16 << 20, "bytes of texts that are read"},
};

#define BLOCK (UINT64_C(1) << 32)
enum { BLOCK_SHIFT = 16, WAKINGS = 16 };

static struct hash holders;
static size_t all[HOLDS]; /* of users but root */

uint64_t hold_key(uid_t uid)
{
	return uid >> BLOCK_SHIFT != 0 ? BLOCK | uid >> BLOCK_SHIFT : uid;
}

static struct holder *holder_find(uint64_t key)
{
	list_each(h, hash_bucket(&holders, key, 0), struct holder, link)
		if (h->key == key)
			return h;
	struct holder *h = xcalloc(1, sizeof(*h));
	h->key = key;
	list_init(&h->texts);
	list_add_tail(hash_bucket(&holders, key, 0), &h->link);
	return h;
}

static void forget_idle(struct holder *h)
{
	for (size_t i = 0; i < HOLDS; i++)
		if (h->n[i] > 0)
			return;
	list_del(&h->link);
	free(h);
}

struct holder *hold_begin(uid_t uid, enum hold what, size_t n)
{
	struct holder *h = holder_find(uid);
	h->n[what] += n;
	if (uid == 0)
		return h;
	all[what] += n;
	if (hold_key(uid) != uid) {
		h->block = holder_find(hold_key(uid));
		h->block->n[what] += n;
	}
	return h;
}

void hold_end(struct holder *h, enum hold what, size_t n)
{
	h->n[what] -= n;
	if (h->key != 0)
		all[what] -= n;
	if (h->block != NULL) {
		h->block->n[what] -= n;
		forget_idle(h->block);
	}
	forget_idle(h);
}

int hold_check(const struct holder *h, enum hold what)
{
	const struct holder *top = h->block != NULL ? h->block : h;
	size_t most = h->key == 0 ? limits[what].root : limits[what].each;
	if (h->n[what] > most)
		return err_set(EMFILE, "user %u has %zu %s already: end some of them first",
		    (unsigned)h->key, most, limits[what].what);
	if (h->key != 0 && top->n[what] + all[what] > limits[what].all)
		return err_set(ENFILE,
		    "all users together have too many %s: end some of them first",
		    limits[what].what);
	return 0;
}

bool hold_wake(struct holder *h)
{
	struct holder *top = h->block != NULL ? h->block : h;
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	uint64_t now = ((uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000) / HOLD_ROUND;
	if (top->round != now)
		top->wakings = 0;
	top->round = now;
	return h->key == 0 || ++top->wakings <= WAKINGS;
}
