/* The clients: the daemon, and for a moment perhaps the daemon before it. The monitor never waits
 * for a client that does not read, and drops one that sends a malformed request. */
#ifndef WARREN_MONITOR_CLIENTS_H
#define WARREN_MONITOR_CLIENTS_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct client;

enum { CLIENTS_MAX = 8, CLIENT_ANSWERS = 4096 };

struct jobs_face; /* jobs.h */
int clients_init(int listening, const struct jobs_face *jobs);
int clients_listen(short *events);
void clients_accept(short revents);
bool clients_deaf(void); /* accepting failed: try again in a while */

void clients_poll(struct pollfd *p); /* CLIENTS_MAX of them */
void clients_ready(const struct pollfd *p); /* read their requests */
void clients_flush(void); /* at the end of a round: send, and drop the dead */

void clients_status(void); /* the zone's state has changed: tell all */
void clients_output(void); /* the log has grown */
void clients_agent(void); /* another guest agent answers, or none does */
void clients_done(struct client *c, uint32_t seq, const struct err *e);
void clients_change(void); /* a guest's change of metadata waits: ask the newest daemon for it */
void clients_reply(struct client *c, uint32_t seq, int fd); /* MON_REPLY; fd is owned */

bool clients_bye(void); /* a client has said MON_BYE: the monitor may end */

#endif
