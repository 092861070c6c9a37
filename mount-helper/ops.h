/* What the daemon may ask for. */
#ifndef WARREN_MOUNT_HELPER_OPS_H
#define WARREN_MOUNT_HELPER_OPS_H

#include "mount-helper/helper.h"

enum ops_result {
	OPS_DONE,
	OPS_READY, /* the daemon's tree answers */
	OPS_WORKER, /* a worker does it; *worker ends when it is through */
	OPS_BROKEN, /* the packet had not the form of a request: end this daemon */
	OPS_CLOSED, /* nothing comes any more */
};

/* Take one packet from sock, which is readable. OPS_WORKER: *worker is a descriptor (the caller's)
 * that becomes readable when the worker has done its work. */
enum ops_result ops_take(const struct helper *h, int sock, int *worker);

/* Fork a worker that waits for a request from sock, if none does: a boot need not wait for the fork then.
 * It has what the helper has now: ops_ahead_end lets it go before any of that changes. */
void ops_ahead(const struct helper *h, int sock);
void ops_ahead_end(void);

#endif
