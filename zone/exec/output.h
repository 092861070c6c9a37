/* What a job printed: its rings as streams. */
#ifndef WARREN_ZONE_EXEC_OUTPUT_H
#define WARREN_ZONE_EXEC_OUTPUT_H

#include "fs/stream.h"
#include "zone/exec/job.h"

uint64_t job_out_begin(struct obj *o);
uint64_t job_err_begin(struct obj *o);
uint64_t job_out_size(struct obj *o);
uint64_t job_err_size(struct obj *o);
enum stream job_out(struct obj *o, struct reader *r, struct buf *b, size_t max);
enum stream job_err(struct obj *o, struct reader *r, struct buf *b, size_t max);
int job_ring_make(const struct job *j, int which); /* a descriptor, the caller's */
void job_rings_remove(const struct job *j);
bool job_ring_is_orphan(const char *name); /* is it the file of a job that does not exist? */

#endif
