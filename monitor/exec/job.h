/* Exec jobs: commands that run inside the zone, their pipes, and how they ended. */
#ifndef WARREN_MONITOR_EXEC_JOB_H
#define WARREN_MONITOR_EXEC_JOB_H

#include <stdbool.h>

#include "protocol/monitor.h"

struct client;

int jobs_init(void);
int jobs_fd(short *events);
void jobs_ready(short revents);
bool jobs_later(void); /* output waits for a disk that was full: call jobs_retry in a while */
void jobs_retry(void);
void jobs_end(void); /* process 1 has ended, and with it all of them */

/* A request: 0 it is answered later, 1 done, -1 refused. Takes over fds (MON_JOB_START: three). */
int job_request(struct client *who, const struct mon_request *r, int *fds);
void jobs_forget_client(const struct client *who); /* the client is gone: drop its answers */

/* Fill e with the next job that has changed since this client was told of it. slot: the client's
 * bit. False: there is none. jobs_not_told: the event could not be sent. */
bool jobs_next_news(unsigned slot, struct mon_event *e);
void jobs_not_told(unsigned slot, uint64_t id);
bool jobs_news(unsigned slot);

#endif
