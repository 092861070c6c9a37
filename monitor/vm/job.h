/* Jobs in a guest, run by its agent (run.h): the same requests and news as of jobs in a zone. One
 * has neither input nor terminal, is the agent's user, and the agent tells what it has printed when
 * it has ended. */
#ifndef WARREN_MONITOR_VM_JOB_H
#define WARREN_MONITOR_VM_JOB_H

#include "monitor/jobs.h"

extern const struct jobs_face vmjobs_face;

bool vmjobs_later(void); /* output waits for a disk that was full: call vmjobs_retry in a while */
void vmjobs_retry(void);
void vmjobs_end(void); /* QEMU has ended, and with it all of them */

#endif
