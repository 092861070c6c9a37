/* A job's stdin: what is written waits here until the job takes it. */
#ifndef WARREN_MONITOR_EXEC_INPUT_H
#define WARREN_MONITOR_EXEC_INPUT_H

#include <stddef.h>

#include "monitor/answer.h"
#include "protocol/monitor.h"

struct watch; /* watch.h */

struct input {
	int fd; /* owned: a pipe or the terminal's master; -1: not there, or closed */
	int epoll; /* borrowed */
	struct watch *as; /* borrowed: what epoll knows it by */
	bool watched, terminal, eof;
	char *bytes; /* owned: `at` of them are taken */
	size_t len, at;
	uint64_t tag,
	    tag_at; /* of the write that came last: its bytes before tag_at are taken over */
	struct answer_due due;
};

int input_begin(struct input *in, int fd, bool terminal); /* fd is taken over */
/* A new daemon sends a write again whose answer the old one did not live to give (value 1): what
 * was taken over of it is not taken twice. */
bool input_had(const struct input *in, const struct mon_request *r);
/* As job_request: 0 it is answered later, 1 done, -1 refused. */
int input_add(struct input *in, struct client *who, const struct mon_request *r);
void input_end(struct input *in); /* behind what waits */
void input_push(struct input *in);
void input_close(struct input *in, int code, const char *why); /* the reason for who waits */

#endif
