/* A job's process: requests to the zone's monitor, and its news. */
#ifndef WARREN_ZONE_EXEC_RUN_H
#define WARREN_ZONE_EXEC_RUN_H

#include "fs/ctl.h"
#include "fs/req.h"
#include "protocol/monitor.h"
#include "zone/exec/job.h"

void job_start(struct obj *o, struct req *r); /* row::saved of cmd */
void job_look(struct job *j); /* ask how it is */
void job_tell(struct zone *z, const struct mon_event *e); /* MON_JOB */
int job_stdin(struct obj *o, struct req *r, const char *bytes, size_t n);
int job_remove(struct obj *o, struct req *r);
void job_kept(struct obj *o);
void job_forget(struct job *j); /* the job is being removed: answer all that wait */
extern const struct command_row job_commands[];

#endif
