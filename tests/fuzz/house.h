/* A tree without a kernel, a disk or a helper: the real objects, rows and writes, and fakes where
 * the daemon would wait for another process. For unit tests and fuzz targets; it defines the
 * functions that it fakes, so a program includes it once. */
#ifndef WARREN_TESTS_FUZZ_HOUSE_H
#define WARREN_TESTS_FUZZ_HOUSE_H

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/writer.h"
#include "fs/entry.h"
#include "fs/file.h"
#include "fs/fuse.h"
#include "fs/settings.h"
#include "rctl/group.h"
#include "vm/vm.h"
#include "zone/logs.h"
#include "zone/object.h"
#include "zone/rows.h"
#include "zone/state.h"
#include "host/event.h"
#include "host/ask.h"

enum { HOUSE_WAITING = 64, HOUSE_FILES = 4 /* numbers of open files */ };

/* What another process would answer later. */
struct house_later {
	writer_done *wrote;
	helper_done *helped;
	enum helper_op op;
	void *arg;
};

struct house_root {
	struct obj obj;
	struct dir zones, vms, images;
};

static struct {
	struct house_root root;
	struct obj *zone, *vm; /* zones/z, vms/v */
	char path[64];
	int dir;
	struct house_later later[HOUSE_WAITING];
	unsigned nlater;
	struct buf saved; /* what the writer put on disk last */
	struct err disk; /* the writer's next answer */
	uid_t uid; /* who writes; his group has the same number */
	/* the last request */
	unsigned answers;
	int code; /* 0, or the errno it was refused with */
	struct buf text;
} house;

/* ---- the kernel: requests are on the caller's stack ---- */

static inline void house_answer(int code, const void *bytes, size_t n)
{
	house.answers++;
	house.code = code;
	buf_cut(&house.text, 0);
	buf_add(&house.text, bytes, n);
}

int req_may_wait(const struct req *r)
{
	(void)r;
	return 0;
}

void req_watch(struct req *r, bool on)
{
	(void)r, (void)on;
}

void req_fail(struct req *r, int code)
{
	(void)r;
	assert(code > 0);
	house_answer(code, "", 0);
}

void req_done(struct req *r)
{
	(void)r;
	house_answer(0, "", 0);
}

void req_attr(struct req *r, const struct node *n)
{
	(void)r, (void)n;
	house_answer(0, "", 0);
}

void req_entry(struct req *r, const struct node *n)
{
	(void)r, (void)n;
	house_answer(0, "", 0);
}

void req_wrote(struct req *r, size_t n)
{
	assert(n == r->size);
	house_answer(0, "", 0);
}

void req_bytes(struct req *r, const void *bytes, size_t n)
{
	assert(n <= r->size);
	house_answer(0, n > 0 ? bytes : "", n);
}

void fuse_wake_polls(struct obj *o)
{
	(void)o;
}

/* ---- the writer and the helper ---- */

static inline void house_later(struct house_later l)
{
	assert(house.nlater < HOUSE_WAITING);
	house.later[house.nlater++] = l;
}

void writer_put(
    uint64_t id, bool fleeting, const char *text, size_t len, writer_done *done, void *arg)
{
	(void)id, (void)fleeting;
	buf_cut(&house.saved, 0);
	buf_add(&house.saved, text, len);
	house_later((struct house_later){.wrote = done, .arg = arg});
}

void writer_delete(uint64_t id, bool fleeting, writer_done *done, void *arg)
{
	(void)id, (void)fleeting;
	house_later((struct house_later){.wrote = done, .arg = arg});
}

void writer_append(uint64_t id, const char *line, size_t len, writer_done *done, void *arg)
{
	(void)id, (void)line, (void)len;
	house_later((struct house_later){.wrote = done, .arg = arg});
}

void writer_history(uint64_t id, bool older, char name[WRITER_NAME])
{
	snprintf(name, WRITER_NAME, "%llu.%s", (unsigned long long)id, older ? "old" : "new");
}

void helper_ask(enum helper_op op, void *request, size_t size, const int *fds, int nfds,
    helper_done *done, void *arg)
{
	(void)request, (void)size, (void)fds, (void)nfds;
	house_later((struct house_later){.helped = done, .op = op, .arg = arg});
}

void helper_forget(void *arg)
{
	for (unsigned i = 0; i < house.nlater; i++)
		if (house.later[i].helped != NULL && house.later[i].arg == arg)
			house.later[i].helped = NULL;
}

/* Let the fake processes answer until nobody waits. The helper can make no groups here. */
static inline void house_settle(void)
{
	while (house.nlater > 0) {
		struct house_later l = house.later[0];
		struct helper_reply reply = {0};
		struct err disk = house.disk;
		memmove(house.later, house.later + 1, --house.nlater * sizeof(l));
		if (l.op == HELPER_GROUP_MAKE)
			reply.err = (struct err){EOPNOTSUPP, "there is no helper here"};
		if (l.wrote != NULL)
			l.wrote(l.arg, disk.code != 0 ? &disk : NULL);
		else if (l.helped != NULL)
			l.helped(l.arg, &reply, -1);
	}
}

/* ---- control groups: without limits, and empty ---- */

static inline int house_set(const char *group, uint64_t n)
{
	(void)group, (void)n;
	return 0;
}

static inline int house_set_idle(const char *group, int on)
{
	(void)group, (void)on;
	return 0;
}

static inline int house_set_cpus(const char *group, const char *cpus)
{
	(void)group, (void)cpus;
	return 0;
}

static inline int house_get(const char *group, uint64_t *n)
{
	(void)group;
	*n = 0;
	return 0;
}

static inline int house_get_cpu(const char *group, struct group_cpu *c)
{
	(void)group;
	*c = (struct group_cpu){0};
	return 0;
}

static inline int house_watch_cpu(const char *group, struct group_watch *w)
{
	(void)group;
	*w = (struct group_watch){-1, -1};
	return 0;
}

static inline int house_watched(const struct group_watch *w, uint64_t *n)
{
	(void)w;
	*n = 0;
	return 0;
}

static inline int house_set_memory(const char *group, uint64_t bytes, uint64_t swap)
{
	(void)group, (void)bytes, (void)swap;
	return 0;
}

static inline int house_check_swap(uint64_t swap, int memory_bounded)
{
	(void)swap, (void)memory_bounded;
	return 0;
}

static inline int house_has_io(int weight)
{
	(void)weight;
	return 0;
}

static inline int house_get_procs(const char *group, struct buf *b)
{
	(void)group, (void)b;
	return 0;
}

const struct group_face *group_face(void)
{
	static const struct group_face face = {
	    .name = "house",
	    .weight_max = 25600,
	    .set_weight = house_set,
	    .set_idle = house_set_idle,
	    .set_cap = house_set,
	    .set_cpus = house_set_cpus,
	    .set_memory = house_set_memory,
	    .check_swap = house_check_swap,
	    .has_io = house_has_io,
	    .set_pids = house_set,
	    .get_cpu = house_get_cpu,
	    .watch_cpu = house_watch_cpu,
	    .watched_usage = house_watched,
	    .watched_held = house_watched,
	    .get_memory = house_get,
	    .get_pids = house_get,
	    .get_procs = house_get_procs,
	};
	return &face;
}

const char *group_parent(void)
{
	return "house";
}

int group_each(void (*fn)(uint64_t id, void *arg), void *arg)
{
	(void)fn, (void)arg;
	return 0;
}

/* ---- the tree ---- */

static inline void house_entered(void)
{
}

static inline void house_empty_dir(const char *but)
{
	int copy = openat(house.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(copy);
	assert(d != NULL);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (strcmp(e->d_name, but) != 0)
			unlinkat(house.dir, e->d_name, 0);
	closedir(d);
}

static inline void house_remove_dir(void)
{
	house_empty_dir("");
	unlinkat(house.dir, "logs", AT_REMOVEDIR);
	rmdir(house.path);
	events_close();
}

/* Made once in a process, as without CK_FORK all tests run in one. */
static inline void house_make_dir(void)
{
	if (house.path[0] != '\0')
		return;
	snprintf(house.path, sizeof(house.path), "/tmp/warren-unit.XXXXXX");
	if (mkdtemp(house.path) == NULL ||
	    (house.dir = open(house.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    events_open(house.dir) < 0)
		abort();
	atexit(house_remove_dir);
	log_set_level(LOG_LEVEL_ERROR);
	logs_open(house.dir, house.dir);
	zone_entered = house_entered;
}

static inline struct obj *house_new_zone(struct obj *o, const struct row *slot, const char *name)
{
	return zone_new(zone_create(tree_new_id(), name, o, slot));
}

static inline struct obj *house_new_vm(struct obj *o, const struct row *slot, const char *name)
{
	return zone_new(vm_create(tree_new_id(), name, o, slot));
}

static const struct dir_row house_zones = {.create = house_new_zone, .made = zone_made};
static const struct dir_row house_vms = {.create = house_new_vm, .made = zone_made};
static const struct dir_row house_images;
static const struct row house_rows[] = {
    {2, "zones", S_IFDIR | 0755, 0, "zones", .dir = &house_zones,
	.off = offsetof(struct house_root, zones)},
    {3, "vms", S_IFDIR | 0755, 0, "vms", .dir = &house_vms,
	.off = offsetof(struct house_root, vms)},
    {4, "images", S_IFDIR | 0755, 0, "images", .dir = &house_images,
	.off = offsetof(struct house_root, images)},
    {0},
};
static const struct row *const house_tables[] = {house_rows, NULL};
static const struct type house_type = {.name = "root", .tables = house_tables};

static inline struct obj *house_mkdir(const struct row *slot, const char *name)
{
	struct req r = {.mode = 0755};
	struct node dir = {&house.root.obj, slot, 0};
	int result = entry_make(&dir, &r, name);
	house_settle();
	assert(result == 0 && house.code == 0);
	return dir_find(&house.root.obj, slot, name);
}

static inline void house_open(void)
{
	house_make_dir();
	house.root = (struct house_root){0};
	house.disk = (struct err){0};
	tree_init(&house.root.obj, &house_type);
	tree_next_id = 7;
	house.zone = house_mkdir(&house_rows[0], "z");
	house.vm = house_mkdir(&house_rows[1], "v");
}

/* The next tree has objects of the same numbers. */
static inline void house_forget_texts(struct obj *o)
{
	const struct row *r = NULL;
	while (o != NULL && (r = row_next(o->type, r)) != NULL) {
		struct node n = {o, r, 0};
		for (uint64_t fh = 0; fh <= HOUSE_FILES; fh++)
			file_release(node_inode(&n), fh << 40);
	}
}

static inline void house_close(void)
{
	house_settle();
	house_forget_texts(house.zone);
	house_forget_texts(house.vm);
	tree_finish();
	house_empty_dir("events");
	buf_finish(&house.saved);
	buf_finish(&house.text);
}

/* Write len bytes to a file. Gives 0 or the errno that it was refused with. */
static inline int house_put(struct obj *o, const char *file, const char *text, size_t len)
{
	struct node n = {o, row_by_name(o->type, file), 0};
	struct req r = {.node = node_inode(&n), .size = len, .uid = house.uid, .gid = house.uid};
	list_init(&r.link);
	house.answers = 0;
	file_write(&r, &n, text, len);
	house_settle();
	assert(house.answers == 1);
	return house.code;
}

static inline int house_write(struct obj *o, const char *file, const char *text)
{
	return house_put(o, file, text, strlen(text));
}

/* What a read of size bytes at off by open file fh gives; borrowed until the next request. */
static inline const char *house_read_at(
    struct obj *o, const char *file, uint64_t fh, uint64_t off, size_t size)
{
	struct node n = {o, row_by_name(o->type, file), 0};
	struct req r = {.node = node_inode(&n), .fh = fh << 40, .off = off, .size = size};
	list_init(&r.link);
	house.answers = 0;
	file_read(&r, &n);
	if (house.answers == 0) { /* it waits */
		r.cancel(&r);
		house_answer(EINTR, "", 0);
	}
	return buf_text(&house.text);
}

static inline const char *house_read(struct obj *o, const char *file)
{
	return house_read_at(o, file, 1, 0, 1 << 20);
}

#endif
