/* What a guest agent says of a job that has ended. */
#include "monitor/vm/job.c"

#include <sys/mman.h>

#include "base/json.h"
#include "tests/fuzz/fuzz.h"

bool zone_ended(void)
{
	return false;
}

void clients_done(struct client *c, uint32_t seq, const struct err *e)
{
	(void)c, (void)seq, (void)e;
}

void clients_reply(struct client *c, uint32_t seq, int fd)
{
	(void)c, (void)seq;
	close(fd);
}

struct run *run_start(const char *text, json_t *words, const struct run_face *with, void *arg)
{
	(void)text, (void)with;
	json_decref(words);
	return arg;
}

void run_drop(struct run *r)
{
	(void)r;
}

int run_signal(const struct run *r, int number)
{
	(void)r, (void)number;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct err why = {EIO, "it does not say"};
	int fds[JOB_STREAMS];
	struct mon_event e;
	json_t *how = json_parse((const char *)data, size);
	for (int i = 0; i < JOB_STREAMS; i++) {
		struct ring r;
		if (ring_make(&r, memfd_create("out", MFD_CLOEXEC), JOB_ROOM, 0) < 0)
			abort();
		fds[i] = r.fd;
	}
	struct vmjob *j = job_make(1, fds);
	if (rings_open(j) < 0)
		abort();
	on_started(j);
	on_ended(j, json_is_object(how) ? how : NULL, &why);
	assert(next_news(0, &e) && e.state == MON_JOB_ENDED && e.streams_done == 3);
	assert(e.status == (e.status & 0x7f) || e.status == (e.status & 0xff00));
	assert(ring_total(&j->out[0].ring) <= size + 32);
	job_free(j);
	json_decref(how);
	return 0;
}
