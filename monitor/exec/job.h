/* Exec jobs: commands that run inside the zone, their pipes, and how they ended. */
#ifndef WARREN_MONITOR_EXEC_JOB_H
#define WARREN_MONITOR_EXEC_JOB_H

#include <stdbool.h>

#include "monitor/jobs.h"

int jobs_init(void);
int jobs_fd(short *events);
void jobs_ready(short revents);
bool jobs_later(void); /* output waits for a disk that was full: call jobs_retry in a while */
void jobs_retry(void);
void jobs_end(void); /* process 1 has ended, and with it all of them */

extern const struct jobs_face jobs_face;

#endif
