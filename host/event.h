/* Events: the lines of every `event` file. The last EVENTS_KEPT of them are kept in memory, and in
 * a ring under RUN that the next daemon reads them from, so that numbers go on and readers lose
 * nothing when the daemon is started anew. */
#ifndef WARREN_HOST_EVENT_H
#define WARREN_HOST_EVENT_H

#include "fs/stream.h"

int events_open(int run_daemon_dir); /* borrowed */
void events_close(void);

/* dir: "zones" or "vms"; more: "key=value ..." or "". Wakes the readers of o and of the root. */
void event_emit(struct obj *o, const char *dir, const char *event, const char *more);

/* A position among the events, kept with what an event is due for. And: was that event emitted
 * after such a position? True also if that is not known any more. */
struct event_place {
	uint64_t seq;
	int64_t since; /* of the ring: another one has other numbers */
};
struct event_place event_place(void);
bool event_came(const struct obj *o, struct event_place after, const char *event, const char *more);

/* Is this event the last of o, and r, which asks for it, a request that an earlier daemon had? */
bool event_was_told_before(const struct obj *o, const struct req *r, const char *event);

uint64_t event_begin(struct obj *o);
enum stream event_read(struct obj *o, struct reader *r, struct buf *b, size_t max);

#endif
