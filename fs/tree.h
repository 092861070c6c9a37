/* The objects of the tree and their numbers.
 *
 * A node is a place in the tree: an object and one of its rows, or the object's own directory. Its
 * number (the inode number) is computed, so a daemon that was started anew knows every number the
 * kernel holds: object id << 16 | alias << 10 | row number. The root is object 0 and its directory
 * has row number 1, so that it is FUSE's number 1; every other object's directory has row number 0.
 *
 * An alias is a second kernel inode for one and the same file. The kernel holds an inode's lock
 * while a write waits: without aliases `echo halt > ctl` could not pass a waiting `echo boot >
 * ctl`. fs/fuse.c gives out the first alias on which nothing waits. stat always shows alias 0. */
#ifndef WARREN_FS_TREE_H
#define WARREN_FS_TREE_H

#include "base/list.h"
#include "fs/node.h"

struct attr {
	mode_t mode; /* permissions, and of directories set-uid, set-gid and sticky */
	uid_t uid;
	gid_t gid;
	int64_t mtime, ctime; /* nanoseconds since 1970 */
};

struct row_attr {
	uint16_t no;
	struct attr attr;
};

/* A type of objects: whose rows they have and what happens to them. */
struct type {
	const char *name;
	const struct row *const *tables; /* NULL-ended; each ends with a row without a name */
	/* lines of its own in the settings file, beside its rows */
	void (*save)(const struct obj *, struct buf *);
	int (*load)(struct obj *, char *key, char *value); /* 1: not such a key; -1: a bad line */
	unsigned (*state)(const struct obj *); /* as one bit; NULL: it has none */
	/* after every value of a change is applied: what takes time. 0 done; 1 change_forced()
	 * comes later; -1 refused. NULL: nothing does */
	int (*force)(struct obj *);
	void (*changed)(struct obj *, const struct row *); /* a setting has a new value on disk */
	/* all that change_save() was called for is on disk, or can't be written; may be NULL */
	void (*saved)(struct obj *);
	void (*destroy)(struct obj *); /* frees what the type added */
	/* of its ctl alone, NULL-ended: before those of the row; NULL: none */
	const struct command_row *commands;
	bool part; /* of its parent: its times are kept with the parent's next change */
	bool elsewhere; /* another keeps what it is: it is not saved, and has the directory's owner
			 * and mode */
	bool fleeting; /* it does not outlive the host's uptime (base/writer.h) */
	const char *help; /* what its file help begins with: lines */
	const struct row *file; /* the object is this one file; NULL: a directory */
};

struct obj {
	uint64_t id;
	const struct type *type;
	char name[ENTRY_LEN + 1]; /* NAME_LEN at most where the tree makes it */
	struct obj *parent; /* borrowed; NULL: the root */
	const struct row *slot; /* the parent's directory it stands in */
	struct list sibling; /* dir::objs */
	struct list all; /* tree.c's index by id */
	struct list named; /* tree.c's index by name */

	struct attr attr; /* of its directory */
	uid_t maker_uid; /* who made it: the owner of its ROW_OWNERS files */
	gid_t maker_gid;
	struct row_attr *rows; /* owned: attributes that differ from the rows' */
	size_t nrows;
	int64_t changed; /* when its state changed last */
	uint64_t version; /* goes up with every change of anything: texts made before are stale */
	bool removing; /* its settings file is being deleted: nothing is saved any more */
	bool unreadable; /* its settings file can't be read and must not be written over */
	char *error; /* owned; the last refused write's line */
	int64_t error_changed; /* when `error` last changed, since the daemon began */
	bool error_stays; /* it tells of the object's state */
	bool error_passes; /* it is of a read, or of a name that does not exist: any success in
			    * this object ends it */
	char *foreign; /* owned; foreign.c's lines; NULL: none */

	struct list waiting; /* req::link of reads that wait on it */
	struct list woken; /* those that are to be asked again */
	struct list awake; /* stream.c: on one of its lists while some are */
	bool tired; /* some are not to be asked before the next turn */
	struct list polls; /* poll_wait::link */
	struct list writes; /* change.c: writes that wait for the one being saved */
	struct change *saving;
	struct list runs; /* ctl.c: commands under way */
	struct list fetching; /* text.c: texts that take time */
};

/* The entries of a directory row, at row->off in its object. */
struct dir {
	struct list objs; /* obj::sibling, by id */
	size_t count;
};

struct node {
	struct obj *obj;
	const struct row *row; /* NULL: the object's directory */
	unsigned alias;
};

void tree_init(struct obj *root, const struct type *type); /* root's storage is the caller's */
void tree_finish(void);
struct obj *tree_root(void);

/* Fill a zeroed object (the caller's storage, freed by type->destroy) and put it in its
 * directory. */
void obj_init(struct obj *o, const struct type *t, uint64_t id, const char *name,
    struct obj *parent, const struct row *slot);
/* By mkdir(2): a set-gid directory gives it its own group, and its bit. */
void obj_made_by(struct obj *o, uid_t uid, gid_t gid, mode_t mode);
void obj_destroy(struct obj *o); /* out of the tree; waiting requests get ENOENT */
void obj_rename(struct obj *o, const char *name); /* at most ENTRY_LEN bytes */
struct dir *dir_of(struct obj *o, const struct row *r);
struct obj *dir_find(struct obj *o, const struct row *r, const char *name);
struct obj *obj_by_id(uint64_t id);

/* Every row of a type in turn: for (r = NULL; (r = row_next(t, r)) != NULL;) */
const struct row *row_next(const struct type *t, const struct row *r);
const struct row *row_by_name(const struct type *t, const char *name);
/* A row called DIR/NAME is a file of the tree's own in the directory row DIR. */
bool row_is_inside(const struct row *r);
/* That directory's row; NULL: it is in the object's own. */
const struct row *row_outside(const struct type *t, const struct row *r);
const struct row *row_inside(const struct type *t, const struct row *dir, const char *name);

/* The row that was meant by a name that no row has; NULL: none is near. */
const struct row *row_nearest(const struct type *t, const char *name, bool setting);
const struct row *row_by_no(const struct type *t, uint16_t no);

uint64_t node_number(const struct node *n);
uint64_t node_inode(const struct node *n); /* what stat shows: alias 0 */
uint64_t number_inode(uint64_t number); /* the same for a number whose node may be gone */
int node_find(uint64_t number, struct node *n); /* -1: ENOENT */
struct node node_of(struct obj *o); /* as an entry of its parent */
int node_lookup(const struct node *dir, const char *name, struct node *n); /* . and .. too */
struct attr node_attr(const struct node *n);
void node_set_attr(const struct node *n, const struct attr *a);
void node_touch(const struct node *n); /* its value changes now */
unsigned node_links(const struct node *n);
const char *node_name(const struct node *n);
bool node_is_dir(const struct node *n);

union value *row_value(struct obj *o, const struct row *r);

/* Something of o changed: texts are made anew, readers that wait are asked again (fs/stream.h). */
void obj_changed(struct obj *o);

/* An id that no object had before. They are reserved in the root's settings, some ahead.
 *
 * Ids are never used again: the settings of the root reserve them 64 ahead, so that a crash loses
 * some and repeats none. */
uint64_t tree_new_id(void);
/* For an object that is not saved (type::elsewhere): the same for the same parent and name. */
uint64_t tree_named_id(const struct obj *parent, const char *name);
extern uint64_t tree_next_id, tree_saved_id;
void tree_reserve_ids(void); /* save the root where those saved ahead run out */

int64_t now_ns(void); /* CLOCK_REALTIME */

#endif
