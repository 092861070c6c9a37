/* What is mounted in a zone is noted in a file beside its monitor's socket, which only we can
 * write: the host mounts as they were asked for, and their mount numbers. So a list that is asked
 * for again, by this daemon or the next, changes nothing; and a mount is found wherever a zone has
 * moved it. */
#include "mount-helper/hostmount/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "mount-helper/hostmount/attach.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/sys.h"

enum { NOTES = 2 * HELPER_HOSTMOUNTS }; /* where an old and a new list are mixed */

struct noted {
	struct helper_hostmount want;
	struct attach_id id;
	uint64_t file; /* 1: not a directory */
};

/* ---- the notes ---- */

/* The name is older than the word host mount: a zone that runs through an upgrade has it. */
static void note_name(const char *zone, char name[GROUP_NAME + 8])
{
	snprintf(name, GROUP_NAME + 8, "%s.shares", zone);
}

/* Held until it is closed: one change of a zone at a time. */
static int notes_open(const struct hostmount_zone *z)
{
	char zone[GROUP_NAME], name[GROUP_NAME + 8];
	group_name(z->id, zone);
	note_name(zone, name);
	cleanup_fd int fd =
	    openat(z->h->dirs.monitors, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_sys("open the notes about its mounts");
	return fd_move(&fd);
}

static unsigned notes_read(int fd, struct noted **list)
{
	struct stat st;
	size_t n = fstat(fd, &st) == 0 ? (size_t)st.st_size / sizeof(**list) : 0;
	n = n < NOTES ? n : NOTES;
	*list = xcalloc(n + 1, sizeof(**list));
	return pread(fd, *list, n * sizeof(**list), 0) == (ssize_t)(n * sizeof(**list))
		   ? (unsigned)n
		   : 0;
}

static int notes_write(int fd, const struct noted *list, unsigned n)
{
	size_t size = n * sizeof(*list);
	if (pwrite(fd, list, size, 0) != (ssize_t)size || ftruncate(fd, (off_t)size) < 0)
		return err_sys("note its mounts");
	return 0;
}

/* So that what is done can be noted: RUN may be full. */
static int notes_reserve(int fd, unsigned n)
{
	off_t size = (off_t)(n * sizeof(struct noted));
	if (n > 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size) < 0 && errno != EOPNOTSUPP)
		return err_sys("note its mounts");
	return 0;
}

void hostmounts_forget(int monitors, const char *zone)
{
	char name[GROUP_NAME + 8];
	note_name(zone, name);
	unlinkat(monitors, name, 0);
}

/* ---- from one list to another ---- */

/* What becomes of each of the old and of the new list. */
struct plan {
	struct noted *old;
	unsigned nold;
	struct hostmount *new;
	unsigned nnew;
	bool stays[NOTES]; /* of old */
	bool there[HELPER_HOSTMOUNTS]; /* of new: it stays */
	bool replaced[HELPER_HOSTMOUNTS]; /* of new: its source is another thing now */
	struct attach_step steps[NOTES + HELPER_HOSTMOUNTS];
	unsigned n;
};

/* Equal, but for the author's groups, which count only when it is opened. */
static bool is_alike(const struct helper_hostmount *a, const struct helper_hostmount *b)
{
	return a->source.use == b->source.use && a->source.size == b->source.size &&
	       a->source.author.uid == b->source.author.uid &&
	       strcmp(a->source.path, b->source.path) == 0 && strcmp(a->target, b->target) == 0;
}

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);
	return strncmp(path, above, n) == 0 && path[n] == '/';
}

static bool is_wanted(const struct plan *p, const struct noted *o)
{
	for (unsigned i = 0; i < p->nnew; i++)
		if (!p->replaced[i] && is_alike(p->new[i].want, &o->want))
			return true;
	return false;
}

static bool was_there(const struct plan *p, const struct helper_hostmount *s)
{
	for (unsigned i = 0; i < p->nold; i++)
		if (p->stays[i] && is_alike(&p->old[i].want, s))
			return true;
	return false;
}

/* Must it be detached and attached again? Yes if the mount that it is in goes, or one comes that
 * would hide it. */
static bool is_moved(const struct plan *p, const char *target)
{
	for (unsigned i = 0; i < p->nold; i++)
		if (!p->stays[i] && is_below(target, p->old[i].want.target))
			return true;
	for (unsigned i = 0; i < p->nnew; i++)
		if (!was_there(p, p->new[i].want) && is_below(target, p->new[i].want->target))
			return true;
	return false;
}

static void plan_decide(struct plan *p)
{
	for (unsigned i = 0; i < p->nold; i++)
		p->stays[i] = is_wanted(p, &p->old[i]);
	for (bool more = true; more;) { /* each pass moves some more, or none */
		more = false;
		for (unsigned i = 0; i < p->nold; i++)
			if (p->stays[i] && is_moved(p, p->old[i].want.target)) {
				p->stays[i] = false;
				more = true;
			}
	}
	for (unsigned i = 0; i < p->nnew; i++)
		p->there[i] = was_there(p, p->new[i].want);
}

/* Make the steps: detach the latest first, then attach in the order of the new list. */
static void lay_out(struct plan *p)
{
	for (unsigned i = p->nold; i-- > 0;)
		if (!p->stays[i])
			p->steps[p->n++] = (struct attach_step){.target = p->old[i].want.target,
			    .id = p->old[i].id,
			    .mnt = -1,
			    .file = p->old[i].file != 0,
			    .node = hostmount_is_device(&p->old[i].want)};
	for (unsigned i = 0; i < p->nnew; i++)
		if (!p->there[i])
			p->steps[p->n++] = (struct attach_step){.target = p->new[i].want->target,
			    .mnt = p->new[i].mnt,
			    .file = p->new[i].file,
			    .node = hostmount_is_device(p->new[i].want)};
}

static struct noted *old_of(const struct plan *p, const struct helper_hostmount *s)
{
	for (unsigned i = 0; i < p->nold; i++)
		if (is_alike(&p->old[i].want, s))
			return &p->old[i];
	return NULL;
}

/* After success: note the new list, in its order. Returns how many wait for the next boot. */
static unsigned noted_new(const struct plan *p, struct noted *to, unsigned *n)
{
	unsigned waits = 0, g = 0;
	for (unsigned i = 0; i < p->nold; i++)
		g += !p->stays[i];
	*n = 0;
	for (unsigned i = 0; i < p->nnew; i++) {
		const struct attach_step *put = p->there[i] ? NULL : &p->steps[g++];
		if (put == NULL) {
			to[(*n)++] = *old_of(p, p->new[i].want);
		} else if (put->waits) {
			waits++;
		} else {
			to[(*n)++] = (struct noted){*p->new[i].want, put->id, put->file};
		}
	}
	return waits;
}

/* After failure: note what is there. That is the old list, unless the zone's file systems stopped
 * answering. */
static unsigned noted_left(const struct plan *p, struct noted *to)
{
	unsigned n = 0, g = 0;
	for (unsigned i = p->nold; i-- > 0;)
		if (!p->stays[i])
			p->old[i].id = p->steps[g++].id;
	for (unsigned i = 0; i < p->nold; i++)
		if (p->old[i].id.mount != 0)
			to[n++] = p->old[i];
	for (unsigned i = 0; i < p->nnew; i++) {
		const struct attach_step *put = p->there[i] ? NULL : &p->steps[g++];
		if (put != NULL && put->id.mount != 0)
			to[n++] = (struct noted){*p->new[i].want, put->id, put->file};
	}
	return n;
}

/* Run the plan and note the result. The new host mounts that are not there yet are open. */
static int carry_out(const struct hostmount_zone *z, struct plan *p, int notes, bool late)
{
	struct noted *to = xcalloc(NOTES + HELPER_HOSTMOUNTS, sizeof(*to));
	struct err why = {0};
	unsigned n, waits = 0;
	lay_out(p);
	int r = notes_reserve(notes, p->nold + p->nnew);
	if (r == 0 && p->n > 0)
		r = attach_run(z->user, z->mounts, p->steps, p->n, late);
	if (r < 0) {
		err_copy(&why);
		n = noted_left(p, to);
	} else {
		waits = noted_new(p, to, &n);
	}
	r = notes_write(notes, to, n < NOTES ? n : NOTES);
	free(to);
	return why.code != 0 ? err_restore(&why) : r < 0 ? -1 : (int)waits;
}

int hostmounts_begin(const struct hostmount_zone *z, struct hostmount *s, unsigned n)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	p->new = s;
	p->nnew = n;
	cleanup_fd int notes = notes_open(z);
	int r = notes < 0 || hostmounts_lock(z->h, s, n) < 0 ? -1 : carry_out(z, p, notes, false);
	free(p);
	return r;
}

/* ---- in a zone that runs ---- */

/* The daemon names a process. Its namespaces must be those that were made for a zone of these uids:
 * only a monitor of ours could own such a user namespace. */
static int namespaces_open(struct hostmount_zone *z, pid_t pid)
{
	char path[48];
	struct stat user, owner;
	uid_t uid = 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	z->user = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	z->mounts = z->user < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (z->mounts < 0)
		return err_sys("enter the zone");
	cleanup_fd int owning = ioctl(z->mounts, NS_GET_USERNS);
	if (owning < 0 || ioctl(z->user, NS_GET_OWNER_UID, &uid) < 0 || fstat(z->user, &user) < 0 ||
	    fstat(owning, &owner) < 0)
		return err_sys("enter the zone");
	if (uid != uids_monitor(&z->uids) || user.st_ino != owner.st_ino ||
	    user.st_dev != owner.st_dev)
		return err_set(ESRCH, "process %d is not process 1 of the zone", (int)pid);
	return 0;
}

/* Become the zone's monitor by effective uid: it may look at the zone's processes. */
static int monitor_euid_set(const struct helper_uids *u)
{
	if (setresuid((uid_t)-1, uids_monitor(u), (uid_t)-1) < 0)
		return err_sys("take the monitor's uid");
	setfsuid(0);
	return 0;
}

/* Is the source another thing now? A device that is written again is always made again. */
static int source_compare(const struct hostmount_zone *z, struct plan *p, unsigned i)
{
	struct hostmount *s = &p->new[i];
	const struct noted *old = old_of(p, s->want);
	struct attach_id now;
	if (old == NULL || hostmount_is_memory(s->want))
		return 0;
	p->replaced[i] = hostmount_is_device(s->want);
	if (p->replaced[i])
		return 0;
	if (hostmounts_open(s, 1, z->uids.base, z->user) < 0 || attach_id_of(s->mnt, &now) < 0)
		return -1;
	p->replaced[i] = now.device != old->id.device || now.inode != old->id.inode;
	hostmounts_close(s, 1);
	return 0;
}

static int sources_compare(const struct hostmount_zone *z, struct plan *p, uint32_t anew)
{
	for (unsigned i = 0; i < p->nnew; i++) {
		uint32_t kind = hostmount_is_device(p->new[i].want) ? HOSTMOUNTS_ANEW_DEVICES
								    : HOSTMOUNTS_ANEW_MOUNTS;
		if ((anew & kind) != 0 && source_compare(z, p, i) < 0)
			return -1;
	}
	return 0;
}

static int open_new(const struct hostmount_zone *z, struct plan *p)
{
	for (unsigned i = 0; i < p->nnew; i++)
		if (!p->there[i] && hostmounts_open(&p->new[i], 1, z->uids.base, z->user) < 0)
			return -1;
	/* only those that were opened just now */
	struct hostmount *new = xcalloc(p->nnew + 1, sizeof(*new));
	unsigned n = 0;
	for (unsigned i = 0; i < p->nnew; i++)
		if (!p->there[i])
			new[n++] = p->new[i];
	int r = hostmounts_own(new, n, z->uids.base);
	if (r == 0 && z->user >= 0)
		r = hostmounts_lock(z->h, new, n);
	free(new);
	return r;
}

static int plan_run(struct hostmount_zone *z, struct plan *p, pid_t pid, uint32_t anew)
{
	if (pid == 0)
		return open_new(z, p);
	cleanup_fd int notes = notes_open(z);
	if (notes < 0 || monitor_euid_set(&z->uids) < 0 || namespaces_open(z, pid) < 0)
		return -1;
	p->nold = notes_read(notes, &p->old);
	if (sources_compare(z, p, anew) < 0)
		return -1;
	plan_decide(p);
	return open_new(z, p) < 0 ? -1 : carry_out(z, p, notes, true);
}

int hostmounts_set(const struct helper *h, const struct helper_hostmounts_set *q, int list)
{
	struct hostmount_zone z = {h, q->id, q->uids, -1, -1};
	struct helper_hostmount *want = NULL;
	struct plan *p = xcalloc(1, sizeof(*p));
	if (uids_get(&h->dirs.uids, q->id, &z.uids) < 0 ||
	    hostmount_list_read(h, q->id, list, q->hostmounts, &want) < 0)
		return -1;
	p->nnew = q->hostmounts;
	p->new = xcalloc(p->nnew + 1, sizeof(*p->new));
	for (unsigned i = 0; i < p->nnew; i++)
		p->new[i] = (struct hostmount){.want = &want[i], .mnt = -1};
	return plan_run(&z, p, q->pid, q->anew); /* a worker: memory and descriptors end with it */
}
