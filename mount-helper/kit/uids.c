#include "mount-helper/kit/uids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "mount-helper/kit/request.h"
#include "protocol/helper.h"

enum {
	BLOCKS = (UID_LAST - UID_FIRST) / UID_COUNT + 1,
	SLOTS = UID_COUNT / UID_COUNT_VM, /* VMs in a block */
	HEX = 2 * INSTANCE_BYTES + 1,
};

/* A row of the table. Object 0 stands for an instance's daemon. */
struct entry {
	uint8_t instance[INSTANCE_BYTES];
	uint64_t id;
	struct helper_uids uids; /* count 0: nobody's */
};

struct table {
	int fd; /* owned; locked against all other helpers and workers */
	struct entry *rows; /* owned */
	size_t n;
};

static void table_close(struct table *t)
{
	fd_close(&t->fd);
	free(t->rows);
}

static int table_read(struct table *t)
{
	struct stat st;
	if (fstat(t->fd, &st) < 0)
		return err_sys("look at the table of uids");
	t->n = (size_t)st.st_size / sizeof(*t->rows);
	t->rows = xcalloc(t->n + 1, sizeof(*t->rows));
	ssize_t n = pread(t->fd, t->rows, t->n * sizeof(*t->rows), 0);
	if (n < 0)
		return err_sys("read the table of uids");
	t->n = (size_t)n / sizeof(*t->rows);
	return 0;
}

/* Opened anew each time: workers that have one open file in common would not exclude each other. */
static int table_open(int dir, struct table *t)
{
	*t = (struct table){
	    .fd = openat(dir, "table", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
	if (t->fd < 0 || flock(t->fd, LOCK_EX) < 0)
		return err_sys("open the table of uids");
	return table_read(t);
}

/* Written in one piece, so that a crash leaves the old row or the new. */
static int row_write(const struct table *t, size_t i, const struct entry *e)
{
	off_t at = (off_t)(i * sizeof(*e));
	if (pwrite(t->fd, e, sizeof(*e), at) != (ssize_t)sizeof(*e) || fdatasync(t->fd) < 0)
		return err_sys("write the table of uids");
	return 0;
}

static bool is_ours(const struct uid_table *t, const struct entry *e)
{
	return e->uids.count != 0 && memcmp(e->instance, t->instance, INSTANCE_BYTES) == 0;
}

static struct entry *row_find(const struct uid_table *t, const struct table *all, uint64_t id)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->rows[i].id == id && is_ours(t, &all->rows[i]))
			return &all->rows[i];
	return NULL;
}

/* ---- what is free ---- */

static bool is_overlapping(const struct helper_uids *a, const struct helper_uids *b)
{
	return a->base < b->base + b->count && b->base < a->base + a->count;
}

static const struct entry *row_holding(const struct table *all, const struct helper_uids *u)
{
	for (size_t i = 0; i < all->n; i++)
		if (is_overlapping(&all->rows[i].uids, u))
			return &all->rows[i];
	return NULL;
}

/* For each block the slots that VMs have, as bits; all bits if a zone has the block. */
static void map_fill(const struct table *all, uint64_t map[BLOCKS])
{
	_Static_assert(SLOTS == 64, "a block's slots are the bits of a number");
	memset(map, 0, BLOCKS * sizeof(*map));
	for (size_t i = 0; i < all->n; i++) {
		const struct helper_uids *u = &all->rows[i].uids;
		if (u->count == 0 || u->base < UID_FIRST ||
		    u->base - UID_FIRST >= BLOCKS * UID_COUNT)
			continue;
		uint32_t from = u->base - UID_FIRST;
		map[from / UID_COUNT] |= u->count >= UID_COUNT
					     ? UINT64_MAX
					     : UINT64_C(1) << from % UID_COUNT / UID_COUNT_VM;
	}
}

/* A VM goes into a block that has VMs already, so that whole blocks are left for zones. */
static bool block_serves(uint64_t taken, uint32_t count, bool begun)
{
	return count == UID_COUNT ? taken == 0 : taken != UINT64_MAX && (taken != 0) == begun;
}

/* Find a free range of u's count. From the top: an older warren began at the bottom, and such a
 * tree may not be mounted yet. */
static int free_find(const struct table *all, struct helper_uids *u)
{
	static uint64_t map[BLOCKS];
	map_fill(all, map);
	for (int begun = 1; begun >= 0; begun--)
		for (uint32_t i = BLOCKS; i-- > 0;) {
			if (!block_serves(map[i], u->count, begun == 1))
				continue;
			unsigned slot = (unsigned)__builtin_ctzll(~map[i]);
			u->base = UID_FIRST + i * UID_COUNT + slot * UID_COUNT_VM;
			return 0;
		}
	return -1;
}

/* ---- instances ---- */

static void hex_of(const uint8_t instance[INSTANCE_BYTES], char hex[HEX])
{
	for (int i = 0; i < INSTANCE_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", instance[i]);
}

/* Where this instance's STATE is, or was. */
static void place_of(int links, const uint8_t instance[INSTANCE_BYTES], char path[PATH_MAX])
{
	char hex[HEX];
	hex_of(instance, hex);
	ssize_t n = readlinkat(links, hex, path, PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
}

static bool is_there(int links, const uint8_t instance[INSTANCE_BYTES], struct stat *st)
{
	char path[PATH_MAX];
	place_of(links, instance, path);
	return path[0] != '\0' && stat(path, st) == 0;
}

static int instance_make(struct uid_table *t, int state)
{
	if (getrandom(t->instance, INSTANCE_BYTES, 0) != INSTANCE_BYTES)
		return err_sys("make a random number");
	cleanup_fd int fd =
	    openat(state, "instance", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fd_write_all(fd, t->instance, INSTANCE_BYTES) < 0 || fsync(fd) < 0)
		return err_sys("write STATE/instance");
	return 0;
}

static int instance_read(struct uid_table *t, int state)
{
	cleanup_fd int fd = openat(state, "instance", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && read(fd, t->instance, INSTANCE_BYTES) == INSTANCE_BYTES ? 0 : -1;
}

/* The link says where this STATE is. It is replaced by rename, as others read it meanwhile. */
static int instance_sign(const struct uid_table *t, int links, const char *path)
{
	char hex[HEX], *whole = realpath(path, NULL);
	hex_of(t->instance, hex);
	if (whole == NULL)
		return err_sys("find %s", path);
	if (unlinkat(links, "new", 0) < 0 && errno != ENOENT)
		err_sys("remove a link of the table of uids");
	int r = symlinkat(whole, links, "new") < 0 || renameat(links, "new", links, hex) < 0
		    ? err_sys("make a link of the table of uids")
		    : 0;
	free(whole);
	return r;
}

static int instance_find(struct uid_table *t, int links, int state, const char *path)
{
	struct stat ours, there;
	if (fstat(state, &ours) < 0)
		return err_sys("look at %s", path);
	bool copy = instance_read(t, state) == 0 && is_there(links, t->instance, &there) &&
		    (there.st_dev != ours.st_dev || there.st_ino != ours.st_ino);
	if (copy || instance_read(t, state) < 0) {
		if (instance_make(t, state) < 0)
			return -1;
	}
	return instance_sign(t, links, path);
}

static int links_open(int dir)
{
	if (mkdirat(dir, "instances", 0700) < 0 && errno != EEXIST)
		return err_sys("make a directory of the table of uids");
	int fd = openat(dir, "instances", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys("open a directory of the table of uids") : fd;
}

static int instance_open(struct uid_table *t, int state, const char *path)
{
	struct table all;
	cleanup_fd int links = links_open(t->dir);
	int r = links < 0 || table_open(t->dir, &all) < 0 ? -1 : 0;
	if (r == 0)
		r = instance_find(t, links, state, path);
	if (links >= 0)
		table_close(&all);
	return r;
}

int uids_open(struct uid_table *t, const char *dir, int state, const char *path)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_sys("make %s", dir);
	t->dir = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return t->dir < 0 ? err_sys("open %s", dir) : instance_open(t, state, path);
}

bool uids_place(
    const struct uid_table *t, const uint8_t instance[INSTANCE_BYTES], char path[PATH_MAX])
{
	struct stat st;
	cleanup_fd int links = links_open(t->dir);
	if (links >= 0)
		place_of(links, instance, path);
	return links >= 0 && is_there(links, instance, &st);
}

/* ---- taking ---- */

static const struct entry nobody;

/* Is the STATE of the row's instance gone? */
static bool is_left(int links, const struct entry *e)
{
	struct stat st;
	return e->uids.count != 0 && !is_there(links, e->instance, &st);
}

static int give_away(struct table *all, int links, struct entry *e)
{
	char path[PATH_MAX], hex[HEX];
	place_of(links, e->instance, path);
	log_warn("uids %u and up were those of %s, which is gone: given away",
	    (unsigned)e->uids.base, path[0] != '\0' ? path : "the same tree");
	hex_of(e->instance, hex);
	unlinkat(links, hex, 0);
	*e = nobody;
	return row_write(all, (size_t)(e - all->rows), e);
}

/* Free the rows of instances whose STATE is gone. An instance keeps its uids, without removing its
 * zones, as long as there are others and nobody has files with these. u: only rows that overlap it;
 * NULL: any. True: some were freed. */
static bool rows_sweep(const struct uid_table *t, struct table *all, const struct helper_uids *u)
{
	cleanup_fd int links = links_open(t->dir);
	bool any = false;
	for (size_t i = 0; links >= 0 && i < all->n; i++) {
		struct entry *e = &all->rows[i];
		if ((u == NULL || is_overlapping(&e->uids, u)) && is_left(links, e))
			any = give_away(all, links, e) == 0 || any;
	}
	return any;
}

/* The row that has u; NULL: none whose instance is still there. */
static const struct entry *holder_there(
    const struct uid_table *t, struct table *all, const struct helper_uids *u)
{
	const struct entry *e = row_holding(all, u);
	return e != NULL && rows_sweep(t, all, u) ? row_holding(all, u) : e;
}

static int is_anothers(
    const struct uid_table *t, const struct helper_uids *u, const struct entry *e)
{
	char path[PATH_MAX] = "";
	cleanup_fd int links = links_open(t->dir);
	if (links >= 0)
		place_of(links, e->instance, path);
	return err_set(EPERM,
	    "uids %u and up are those of object %" PRIu64
	    " of %s: make a new one, and copy its files there",
	    (unsigned)u->base, e->id, path[0] != '\0' ? path : "another tree");
}

static int row_add(
    const struct uid_table *t, const struct table *all, uint64_t id, const struct helper_uids *u)
{
	struct entry e = {.id = id, .uids = *u};
	size_t i = 0;
	memcpy(e.instance, t->instance, INSTANCE_BYTES);
	while (i < all->n && all->rows[i].uids.count != 0)
		i++;
	return row_write(all, i, &e);
}

static int range_get(
    const struct uid_table *t, struct table *all, uint64_t id, struct helper_uids *u)
{
	const struct entry *e = row_find(t, all, id);
	if (e != NULL && u->base != 0 && u->base != e->uids.base)
		return err_set(EPERM, "it has uids %u and up, not %u: its settings are another's",
		    (unsigned)e->uids.base, (unsigned)u->base);
	if (e != NULL) {
		*u = e->uids;
		return 0;
	}
	if (u->base != 0 && (e = holder_there(t, all, u)) != NULL)
		return is_anothers(t, u, e);
	if (u->base == 0 && free_find(all, u) < 0 &&
	    (!rows_sweep(t, all, NULL) || free_find(all, u) < 0))
		return err_set(ENOSPC, "this host has no uids for more zones and VMs: remove some");
	return row_add(t, all, id, u);
}

int uids_get(const struct uid_table *t, uint64_t id, struct helper_uids *u)
{
	struct table all;
	int r = table_open(t->dir, &all) < 0 ? -1 : range_get(t, &all, id, u);
	table_close(&all);
	return r;
}

/* In memory first, then all rows at once: there are as many as zones. */
static void row_claim(const struct uid_table *t, struct table *all, const struct helper_claim *c)
{
	struct helper_uids u = c->uids;
	if (row_find(t, all, c->id) != NULL || holder_there(t, all, &u) != NULL)
		return;
	all->rows = xrealloc(all->rows, (all->n + 1) * sizeof(*all->rows));
	struct entry *e = &all->rows[all->n++];
	*e = (struct entry){.id = c->id, .uids = u};
	memcpy(e->instance, t->instance, INSTANCE_BYTES);
}

int uids_claim(const struct uid_table *t, const struct helper_claim *list, size_t n)
{
	struct table all;
	int r = table_open(t->dir, &all);
	size_t old = all.n, added;
	for (size_t i = 0; r == 0 && i < n; i++)
		row_claim(t, &all, &list[i]);
	added = (all.n - old) * sizeof(*all.rows);
	if (r == 0 && added > 0 &&
	    (pwrite(all.fd, all.rows + old, added, (off_t)(old * sizeof(*all.rows))) !=
		    (ssize_t)added ||
		fdatasync(all.fd) < 0))
		r = err_sys("write the table of uids");
	table_close(&all);
	return r;
}

int uids_claim_list(const struct uid_table *t, int file, uint32_t n)
{
	size_t size = n * sizeof(struct helper_claim);
	struct stat st;
	if (fstat(file, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size != size)
		return err_set(EINVAL, "the list of claims has another size");
	struct helper_claim *list = xcalloc(n, sizeof(*list));
	bool fine = pread(file, list, size, 0) == (ssize_t)size;
	for (uint32_t i = 0; fine && i < n; i++)
		fine = request_claimed(&list[i]);
	int r = fine ? uids_claim(t, list, n) : err_set(EINVAL, "no such claim");
	free(list);
	return r;
}

void uids_drop(const struct uid_table *t, uint64_t id)
{
	struct table all;
	struct entry *e = table_open(t->dir, &all) < 0 ? NULL : row_find(t, &all, id);
	if (e != NULL && row_write(&all, (size_t)(e - all.rows), &nobody) < 0)
		log_warn("%s", err_text());
	table_close(&all);
}

/* ---- the daemons ---- */

/* A daemon's uid goes on to another instance when its own is gone: its files follow (dirs.c). */
static bool is_free(const struct uid_table *t, const struct table *all, const struct helper_uids *u)
{
	struct stat st;
	const struct entry *e = row_holding(all, u);
	cleanup_fd int links = links_open(t->dir);
	return e == NULL || is_ours(t, e) || (links >= 0 && !is_there(links, e->instance, &st));
}

/* The row that says it already, or that of who has gone. */
static size_t row_for(
    const struct uid_table *t, const struct table *all, const struct helper_uids *u)
{
	const struct entry *mine = row_find(t, all, 0),
			   *e = mine != NULL ? mine : row_holding(all, u);
	size_t i = 0;
	if (e != NULL)
		return (size_t)(e - all->rows);
	while (i < all->n && all->rows[i].uids.count != 0)
		i++;
	return i;
}

int uids_daemon(const struct uid_table *t, uid_t own, uid_t *uid)
{
	struct table all;
	struct helper_uids u = {own, 1};
	int r = table_open(t->dir, &all);
	if (r == 0 && is_free(t, &all, &u)) {
		struct entry e = {.uids = u};
		memcpy(e.instance, t->instance, INSTANCE_BYTES);
		r = row_write(&all, row_for(t, &all, &u), &e);
	} else if (r == 0) {
		u = (struct helper_uids){0, UID_COUNT_VM};
		r = range_get(t, &all, 0, &u);
	}
	table_close(&all);
	*uid = r == 0 ? u.base : *uid;
	return r;
}
