/* Whom a worker works for. */
#ifndef WARREN_MOUNT_HELPER_KIT_REQUESTER_H
#define WARREN_MOUNT_HELPER_KIT_REQUESTER_H

#include "protocol/helper.h"

struct requester {
	int sock; /* the daemon's, borrowed */
	int end; /* a socket to the helper, owned: a byte says that the daemon has its answer, the
		  * end that the worker is through; without the byte the helper answers. -1: no
		  * worker */
};

/* fd goes with it, borrowed; -1: none. A daemon that does not take its answers is hung or gone, and
 * is never waited for. */
void requester_answer(const struct requester *a, const struct helper_reply *reply, int fd);

#endif
