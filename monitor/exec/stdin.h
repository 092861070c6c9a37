/* A job's stdin: what is written waits here until the job reads it. */
#ifndef WARREN_MONITOR_EXEC_STDIN_H
#define WARREN_MONITOR_EXEC_STDIN_H

#include <stddef.h>

#include "monitor/answer.h"
#include "protocol/monitor.h"

struct watch; /* watch.h */

struct job_stdin {
	int fd; /* owned: a pipe or the terminal's master; -1: not there, or closed */
	int epoll; /* borrowed */
	struct watch *as; /* borrowed: what epoll knows it by */
	bool watched, terminal, eof;
	char *bytes; /* owned: `at` of them are in the pipe */
	size_t len, at;
	uint64_t tag, tag_at; /* of the latest write: its bytes before tag_at are queued */
	struct answer_due due;
};

int stdin_begin(struct job_stdin *in, int fd, bool terminal); /* fd is taken over */
/* A new daemon sends a write again (value 1) if the old one died before it could answer. Are these
 * bytes queued already? Then they are not queued twice. */
bool stdin_had(const struct job_stdin *in, const struct mon_request *r);
/* As job_request: 0 it is answered later, 1 done, -1 refused. */
int stdin_add(struct job_stdin *in, struct client *who, const struct mon_request *r);
void stdin_end(struct job_stdin *in); /* behind what waits */
void stdin_push(struct job_stdin *in);
void stdin_close(struct job_stdin *in, int code, const char *why); /* the reason for who waits */

#endif
