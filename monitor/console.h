/* The zone's console. All that it prints goes to the journal at once. What is typed waits here
 * until the zone reads it. */
#ifndef WARREN_MONITOR_CONSOLE_H
#define WARREN_MONITOR_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/monitor.h"

struct client;

enum { TYPE_ROOM = 64 << 10, TYPE_PARTS = 32 };

/* A pty may lose all its users and find new ones; a socket ends for good. */
int console_init(int fd, bool pty);
int console_fd(short *events); /* to be polled */
bool console_more(void); /* console_ready is due without an event, too */
void console_ready(short revents);

/* Queue the bytes of a MON_TYPE; the client is answered when the zone has read them all. -1: they
 * are not queued. 1: all were typed already, asked for by a daemon that has died since. */
int console_type(struct client *who, const struct mon_request *r);
int console_size(unsigned short rows, unsigned short cols); /* EOPNOTSUPP: it is no terminal */
void console_forget(const struct client *who); /* the client is gone; its bytes are typed all the
						* same */

void console_end(void); /* process 1 has ended: read the rest of its output, refuse what is not
			 * typed yet */

#endif
