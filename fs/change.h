/* Changes of what is kept on disk: a value, an owner, a name. A change is put in force at once,
 * saved by the writer, and answered when it is on disk. If either fails everything is as it was
 * before. Changes of one object are made one after the other; those of different objects are saved
 * together. */
#ifndef WARREN_FS_CHANGE_H
#define WARREN_FS_CHANGE_H

#include "base/author.h"
#include "base/err.h"
#include "fs/req.h"

struct change {
	struct list link; /* obj::writes, while it waits for another */
	struct obj *obj;
	struct req *req; /* NULL: nobody waits for it any more */
	const struct row *row; /* the file written, or NULL */
	const char *what; /* the name in the error line */
	char *text; /* owned */
	uint64_t size; /* of text where it is bytes; or of the file */
	uint64_t off;
	struct attr attr;
	uid_t uid; /* who asked; stays when req goes */
	gid_t gid;
	int (*act)(struct change *); /* change the object; -1 refuses */
	void (*answer)(struct change *); /* all is well: answers req, where that is not NULL */
	void (*failed)(struct change *); /* after it was undone; may be NULL */
	char *before; /* owned: the settings to go back to */
	bool forcing; /* waits for change_forced() */
	struct err why; /* it is refused, once what was before is in force again */
	uint8_t touched[128]; /* a bit for each row that has a new value */
};

/* A write of a setting that comes in one piece (pieces.h). */
void change_write(struct req *r, const struct node *n, const char *text);

/* chmod, chown, utimes: a is how the attributes shall be. */
void change_attr(struct req *r, const struct node *n, const struct attr *a);

/* A write to a plain file (row::put), at r->off or behind all; its new size and attributes. */
void change_put(struct req *r, const struct node *n, const char *bytes, size_t len);
void change_size(struct req *r, const struct node *n, const struct attr *a, uint64_t size);

/* Any other change: a template with obj, req, what, act, answer, failed and text; copied. */
void change_start(const struct change *template);

/* In change::act: take back what it has stored so far, before another try. */
void change_take_back(struct change *c);

/* Save an object whose state changed by itself; type::saved comes later, or from inside this. A
 * failure goes to the log. */
void change_save(struct obj *o);

/* The work that type::force began for o is done; e: it failed, and the change is undone. Harmless
 * if no change waits for it. */
void change_forced(struct obj *o, const struct err *e);

/* A value was stored in the course of o's present change. */
void change_touch(struct obj *o, const struct row *r);

/* In type::save: has r a value that is not on disk yet? type::changed comes when it is. */
bool change_is_new(const struct obj *o, const struct row *r);

/* The author of the value that is being stored now. -1: EPERM, it can't be told who writes */
int change_author(struct author *a);

/* In type::force: the thread that writes o's new value, which stays in its write(2) until
 * change_seen(). 0: it can't be seen, or waits no longer; -1: nobody writes, a change is being
 * undone. */
pid_t change_look(struct obj *o);
void change_seen(struct obj *o);

/* The kernel's number of the request that asks for the present change; 0: nobody asks any more. */
uint64_t change_number(void);

/* Was the same request sent to an earlier daemon, which died before it answered? */
bool change_again(void);

void change_forget(struct obj *o); /* o is going */

#endif
