/* Jobs as clients see them: those of a zone (exec/job.h), or of a guest (vm/job.h). */
#ifndef WARREN_MONITOR_JOBS_H
#define WARREN_MONITOR_JOBS_H

#include <stdbool.h>

#include "protocol/monitor.h"

struct client;

struct jobs_face {
	/* A request: 0 it is answered later, 1 done, -1 refused. Takes over fds (MON_JOB_START:
	 * three). */
	int (*request)(struct client *who, const struct mon_request *r, int *fds);
	void (*forget_client)(const struct client *who); /* it is gone: drop its answers */
	/* Fill e with the next job that has changed since this client was told of it. slot: the
	 * client's bit. False: there is none. not_told: the event could not be sent. */
	bool (*next_news)(unsigned slot, struct mon_event *e);
	void (*not_told)(unsigned slot, uint64_t id);
	bool (*news)(unsigned slot);
};

#endif
