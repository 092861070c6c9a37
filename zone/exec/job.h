/* Exec jobs: commands that run inside a zone, each a directory in its exec/. A job is new until a
 * command line is written to its cmd; then it starts, at once and only once. The zone's monitor
 * runs it (monitor/exec/job.c), so that it outlives the daemon: a new daemon finds the objects in
 * RUN/daemon/jobs and asks the monitor for their state. When the zone ends, all its jobs have
 * ended. Those that were started are kept with their output until they are removed, the zone boots
 * again, or a daemon starts that does not find the zone running.
 *
 * The output is in STATE/logs, a ring of JOB_ROOM bytes for each stream, ID.out and ID.err. The
 * rule: output that nobody has read is not overwritten, output that was read may be. In full: a
 * reader who asks for the bytes at a position has read all before it, and all before the furthest
 * such position of any reader may be overwritten. The monitor reads from the job as long as less
 * than JOB_HELD bytes lie behind that position, and then no more, so that the job blocks in its
 * write. A reader begins at the oldest byte that is left, with a line "[lost N bytes]" if that is
 * not the first. A reader who is overtaken by a quicker one gets such a line in the middle. So
 * output of up to JOB_HELD bytes can be read again from its start, and of any size by one reader
 * without a gap. */
#ifndef WARREN_ZONE_EXEC_JOB_H
#define WARREN_ZONE_EXEC_JOB_H

#include "fs/ctl.h"
#include "zone/zone.h"

enum job_state {
	JOB_NEW,
	JOB_STARTING,
	JOB_RUNNING,
	JOB_ENDED,
	JOB_FOUND, /* started, as its settings say: the monitor is being asked */
	JOB_STATES
};

struct job {
	struct obj obj; /* first */

	/* settings; cmd is set once it was started */
	union value cmd, user, dir, env, tty;
	uint32_t rows, cols; /* of its terminal, as told; 0: not */

	enum job_state state;
	int status; /* as wait(2) gives it, once ended */
	pid_t pid; /* on the host; 0: none */
	unsigned streams_done; /* bit N: stream N is complete */
	uint64_t read_to[JOB_STREAMS]; /* as the monitor was told */
	bool removing;
	struct list asks; /* job_ask::link: what the monitor is asked */
	struct list writes; /* writes to stdin; the first is under way */
};

static inline struct job *job_of(struct obj *o)
{
	return container_of(o, struct job, obj);
}

static inline struct zone *job_zone(const struct job *j)
{
	return zone_of(j->obj.parent);
}

/* job.c: the object */
extern const struct type job_type;
extern const struct dir_row jobs_dir;
void job_load(uint64_t id, const char *name, const char *text); /* from its settings file */

#endif
