/* A request of the kernel's on its way to an answer. fs/fuse.c makes and answers it. The code that
 * holds it in between answers it exactly once, by one of these functions, which free it. */
#ifndef WARREN_FS_REQ_H
#define WARREN_FS_REQ_H

#include <stdbool.h>

#include "base/list.h"
#include "fs/tree.h"

struct req {
	struct list link; /* of the list it waits on; on none while it is being handled */
	/* Called when the asker is interrupted while the request waits: unlinks it from what it
	 * waits for, and then fuse.c answers EINTR. Set by the code that parks it, NULL before. */
	void (*cancel)(struct req *);
	struct req **held; /* of req_hold */
	struct node about; /* of text_wait: the file whose text it waits for, */
	void (*told)(struct req *, const struct node *); /* and who goes on with it then */
	bool watched, interrupted; /* of req_watch; meanwhile */
	bool again; /* the kernel sent it to an earlier daemon, which died before it answered */
	uint64_t unique; /* the kernel's number of it, also when it sends it again */
	uint64_t node, fh;
	uint64_t off;
	size_t size;
	uid_t uid;
	gid_t gid;
	pid_t pid; /* of the thread; 0 where we can't see it */
	bool nonblock; /* a read that would wait fails instead */
	bool reads; /* a write by an open file that can be read, too */
	mode_t mode; /* of mkdir and create */
	char *name; /* owned: of a lookup or removal; NULL */
	void *fuse; /* fuse.c's own */
	struct holder *holder; /* of it: its user */
};

/* Park r (may be NULL) while work that does not depend on it goes on. *held is set to r, and to
 * NULL when the asker is interrupted: the work goes on then. The holder answers *held when the work
 * is done. */
void req_hold(struct req *r, struct req **held);

/* Call before a change begins, or a read waits. -1: the user has too many under way: EMFILE or
 * ENFILE */
int req_may_wait(const struct req *r);

/* on: the helper looks at the thread, which must stay in its system call meanwhile: an interruption
 * waits until on is false. r may be NULL. */
void req_watch(struct req *r, bool on);

void req_fail(struct req *r, int code); /* an errno */
void req_done(struct req *r); /* 0, nothing else */
void req_attr(struct req *r, const struct node *n); /* getattr, setattr */
void req_wrote(struct req *r, size_t n);
void req_bytes(struct req *r, const void *bytes, size_t n);
void req_entry(struct req *r, const struct node *n); /* lookup, mkdir, create */

#endif
