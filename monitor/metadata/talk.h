/* One who asks for metadata, by lines of SmartOS's protocol: over a connection to a zone's socket,
 * or a VM's serial line. What he asks is bounded, and he is not listened to before he has read his
 * answer. */
#ifndef WARREN_MONITOR_METADATA_TALK_H
#define WARREN_MONITOR_METADATA_TALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "monitor/metadata/frame.h"

struct talk {
	struct buf in; /* a line that is not whole yet, or that waits */
	struct buf out; /* answers that are not sent yet */
	bool endless; /* the line is longer than any can be: its end is awaited */
	char changing[FRAME_REQUEST]; /* the number of his request that waits for the daemon; "" */
	bool waits; /* his next line waits for another's change, or for the first list */
};

/* He has said this; talk_go_on() looks at it. */
void talk_hear(struct talk *t, const char *bytes, size_t n);

/* Answer what is there as far as it can be answered. */
void talk_go_on(struct talk *t);

/* The change that the daemon was asked for is done; why: "", or why not. */
void talk_changed(struct talk *t, const char *why);

bool talk_listens(const struct talk *t); /* may he say more? */
void talk_end(struct talk *t);

#endif
