/* What the daemon may ask for. */
#ifndef WARREN_MOUNT_HELPER_OPS_H
#define WARREN_MOUNT_HELPER_OPS_H

#include <stdint.h>

#include "mount-helper/kit/helper.h"

enum ops_result {
	OPS_DONE,
	OPS_READY, /* the daemon's tree answers */
	OPS_WORKER, /* a worker does it */
	OPS_BROKEN, /* the packet had not the form of a request: end this daemon */
	OPS_CLOSED, /* nothing comes any more */
};

struct worker {
	int end; /* owned; hangs up when the worker has ended */
	uint32_t asked; /* the number of the daemon's request; 0: that daemon is gone */
};

/* The capabilities that a worker keeps for this operation, as a mask. */
uint64_t ops_caps(uint32_t op);

/* Receive one packet from sock, which is readable, and serve it. OPS_WORKER: *worker is the
 * caller's. */
enum ops_result ops_receive(const struct helper *h, int sock, struct worker *worker);

/* The worker has ended. If it was killed before it answered, send an error to the daemon over sock
 * (-1: none). */
void ops_worker_end(struct worker *w, int sock);

/* Fork a worker ahead, which waits for a request from sock, if none waits: so a boot need not wait
 * for the fork. It has what the helper has now: ops_ahead_end lets it go before any of that
 * changes. */
void ops_ahead(const struct helper *h, int sock);
void ops_ahead_end(void);

#endif
