/* ctl files: each line of a write is one command, run in order; the first that fails ends the
 * write. A command that takes time holds the write until command_done(). */
#ifndef WARREN_FS_CTL_H
#define WARREN_FS_CTL_H

#include "fs/req.h"

struct command {
	struct list link; /* obj::runs */
	struct obj *obj;
	const struct row *row;
	const struct command_row *verb;
	int argc; /* words behind the verb */
	char **argv; /* borrowed from text */
	struct req *req; /* NULL: the writer was interrupted, the work goes on */
	uid_t uid; /* who asked; stays when req goes */
	gid_t gid;
	bool again; /* sent to an earlier daemon, which died before it answered: it may be done
		     * already */
	bool waits; /* between COMMAND_WAITS and command_done */
	bool inside, ended, well; /* inside: run() is being called; command_done was called from it,
				   * and with what */
	int wants; /* the verb's own: what it waits for */
	char *text, *rest; /* owned; the lines that are still to be run */
	char *words[64];
	size_t size;
};

void ctl_write(struct req *r, const struct node *n, const char *text);

/* The command has ended: code 0, or the error is set. Goes on with the next line. */
void command_done(struct command *c, bool ok);

/* The commands that make sense in o's present state, one a line, each as a comment: a copy of the
 * text written to a ctl does nothing. */
void ctl_usage(const struct obj *o, const struct row *r, struct buf *b);

/* The command behind c, which begins as r->commands: those of the row, then those that the type
 * alone has. NULL: that was all. */
const struct command_row *command_next(
    const struct type *t, const struct row *r, const struct command_row *c);

void ctl_forget(struct obj *o); /* o is going */

#endif
