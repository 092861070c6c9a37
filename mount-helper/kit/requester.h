/* The daemon's connection, as a worker needs it: where the answer goes. */
#ifndef WARREN_MOUNT_HELPER_KIT_REQUESTER_H
#define WARREN_MOUNT_HELPER_KIT_REQUESTER_H

#include <stdbool.h>

#include "protocol/helper.h"

struct requester {
	int sock; /* the daemon's, borrowed */
	int end; /* a socket to the helper, owned. A byte on it: the daemon has its answer. Its end:
		  * the worker has ended; without the byte the helper answers then. -1: no worker */
};

/* Send the reply, with fd (borrowed; -1: none). A daemon that does not read its answers hangs or is
 * gone, and is never waited for. */
void requester_answer(const struct requester *a, const struct helper_reply *reply, int fd);

/* Has that daemon ended? What it asked for may be undone by the next one already. */
bool requester_is_gone(const struct requester *a);

#endif
