#include "fs/handover.h"

#include <assert.h>
#include <errno.h>
#include <linux/fuse.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"

enum {
	SLOTS = HANDOVER_REQUESTS,
	POLLS = HANDOVER_POLLS,
	NO_SLOT = SLOTS,
	INIT_ROOM = 1024,
	NOTIFY_RESEND = 7,
	STEP = 2, /* between two numbers: FUSE_REQ_ID_STEP in the kernel's fs/fuse/fuse_i.h */
	AHEAD = 1024 /* numbers that the kernel may skip, as it does for requests given up */
};

struct handover {
	uint64_t init_len;
	char init[INIT_ROOM];
	uint64_t under_way[SLOTS]; /* FUSE's unique; 0: free */
	uint64_t read; /* the newest that was read */
	uint64_t ended; /* the last that ended: its answer may not have been written */
	struct polled {
		uint64_t fh, kh; /* kh 0: free */
		uint64_t had;
	} polls[POLLS];
};
static_assert(sizeof(struct handover) <= 64 << 10, "as mount-helper/daemon.c makes the file");

static struct handover *h;
static unsigned slots[SLOTS], free_slots; /* the first free_slots of slots are free */

/* Beside h->polls[i]. */
static struct place {
	struct list link; /* of by_fh, or free_places */
} places[POLLS];
static struct hash by_fh;
static struct list free_places = {&free_places, &free_places};

static struct polled *polled_at(const struct place *p)
{
	return &h->polls[p - places];
}

static void place_add(struct place *p)
{
	const struct polled *at = polled_at(p);
	list_add_tail(at->kh != 0 ? hash_bucket(&by_fh, at->fh, 0) : &free_places, &p->link);
}

int handover_open(int fd)
{
	void *p = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return err_sys("map the handover file");
	h = p;
	for (size_t i = 0; i < POLLS; i++)
		place_add(&places[i]);
	while (free_slots < SLOTS) { /* handover_resend takes out what is in them */
		slots[free_slots] = free_slots;
		free_slots++;
	}
	return 0;
}

void handover_save_init(const void *request, size_t len)
{
	if (len > INIT_ROOM)
		return;
	memcpy(h->init, request, len);
	h->init_len = len;
}

const void *handover_init(size_t *len)
{
	*len = (size_t)h->init_len;
	return *len > 0 && *len <= INIT_ROOM ? h->init : NULL;
}

/* If all slots are taken a request is not recorded: on a kernel older than 6.9 it hangs when the
 * daemon crashes. */
unsigned handover_begin(uint64_t unique)
{
	if (free_slots == 0)
		return NO_SLOT;
	unsigned slot = slots[--free_slots];
	h->under_way[slot] = unique;
	return slot;
}

void handover_read(uint64_t unique)
{
	if (unique % STEP == 0) /* an interrupt has the number of its request plus one */
		h->read = unique;
}

void handover_end(unsigned slot)
{
	if (slot == NO_SLOT)
		return;
	h->ended = h->under_way[slot];
	h->under_way[slot] = 0;
	slots[free_slots++] = slot;
}

static struct place *place_find(uint64_t fh)
{
	list_each(p, hash_bucket(&by_fh, fh, 0), struct place, link)
		if (polled_at(p)->fh == fh)
			return p;
	return NULL;
}

/* If all are taken a poll is not recorded: when the daemon dies its waiter is woken by the next
 * poll of that file, and not before. */
void handover_poll(uint64_t fh, uint64_t kh, uint64_t had)
{
	struct place *p = place_find(fh);
	if (p == NULL && !list_empty(&free_places))
		p = container_of(free_places.next, struct place, link);
	if (p == NULL)
		return;
	list_del(&p->link);
	*polled_at(p) = (struct polled){fh, kh, had};
	place_add(p);
}

uint64_t handover_had(uint64_t fh)
{
	const struct place *p = place_find(fh);
	return p != NULL ? polled_at(p)->had : 0;
}

void handover_close(uint64_t fh)
{
	struct place *p = place_find(fh);
	if (p == NULL)
		return;
	list_del(&p->link);
	polled_at(p)->kh = 0;
	place_add(p);
}

/* ENOENT: the daemon before has answered the request, or never read it. */
static void request_interrupt(int fuse, uint64_t unique)
{
	struct fuse_out_header out = {.len = sizeof(out), .error = -EINTR, .unique = unique};
	if (unique != 0 && write(fuse, &out, sizeof(out)) < 0 && errno != ENOENT)
		log_warn("answer a request of the daemon before: %s", strerror(errno));
}

/* The kernel numbers requests upwards and hands them out in that order. So a request that the
 * daemon read and did not note is the next after the newest noted one. */
static void interrupt_all(int fuse)
{
	for (unsigned i = 0; i < SLOTS; i++)
		request_interrupt(fuse, h->under_way[i]);
	request_interrupt(fuse, h->ended);
	for (uint64_t i = 0; i < AHEAD; i++)
		request_interrupt(fuse, h->read + i * STEP);
}

/* For a number that it does not know the kernel does nothing. */
static void poll_wake(int fuse, uint64_t kh)
{
	struct {
		struct fuse_out_header head;
		struct fuse_notify_poll_wakeup_out wake;
	} out = {{.len = sizeof(out), .error = FUSE_NOTIFY_POLL}, {kh}};
	if (kh != 0 && write(fuse, &out, sizeof(out)) < 0)
		log_warn("wake who polls: %s", strerror(errno));
}

void handover_resend(int fuse)
{
	struct fuse_out_header ask = {.len = sizeof(ask), .error = NOTIFY_RESEND};
	if (write(fuse, &ask, sizeof(ask)) < 0) {
		log_info("this kernel sends no request twice: those under way are interrupted");
		interrupt_all(fuse);
	}
	memset(h->under_way, 0, sizeof(h->under_way));
	for (unsigned i = 0; i < POLLS; i++)
		poll_wake(fuse, h->polls[i].kh);
}
