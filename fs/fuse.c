#include "fs/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/error.h"
#include "fs/file.h"
#include "fs/fuse_ops.h"
#include "fs/handover.h"
#include "fs/places.h"
#include "fs/hold.h"
#include "fs/stream.h"
#include "fs/turns.h"

enum { ROUND = 32, RECEIVED = 256, EXIT_UNMOUNTED = 0, ALIASES = 64 };

struct poll_wait {
	struct list link; /* obj::polls, or woken */
	struct list open; /* polls */
	struct holder *holder;
	struct fuse_pollhandle *handle;
	uint64_t fh; /* one waiter of each open file is kept: the newest */
};

static void wake_some(void);

static struct fuse_session *session;
static struct source *source;
static int statfs_dir;
static uint64_t poll_now; /* the kernel's name of a FUSE_POLL; libfuse keeps it to itself */

static struct hash polls; /* poll_wait::open by fh */
static struct list woken = {&woken, &woken},
		   tired = {&tired, &tired}; /* in this round, in the next */
static struct loop_task waking = {.fn = wake_some};
static struct source *next_round;

/* ---- who waits in poll ---- */

static void poll_done(struct poll_wait *w)
{
	list_del(&w->link);
	list_del(&w->open);
	hold_end(w->holder, HOLD_POLLS, 1);
	fuse_pollhandle_destroy(w->handle);
	free(w);
}

static void poll_forget(uint64_t fh)
{
	list_each(w, hash_bucket(&polls, fh, 0), struct poll_wait, open)
		if (w->fh == fh)
			poll_done(w);
}

/* handle is owned from now on. -1: EMFILE, ENFILE */
static int poll_add(const struct node *n, uint64_t fh, uid_t uid, struct fuse_pollhandle *handle)
{
	poll_forget(fh);
	struct poll_wait *w = xcalloc(1, sizeof(*w));
	w->handle = handle;
	w->fh = fh;
	w->holder = hold_begin(uid, HOLD_POLLS, 1);
	list_add_tail(&n->obj->polls, &w->link);
	list_add_tail(hash_bucket(&polls, fh, 0), &w->open);
	if (hold_check(w->holder, HOLD_POLLS) == 0)
		return 0;
	poll_done(w);
	return -1;
}

static void begin_round(void *arg)
{
	(void)arg;
	loop_close(&next_round);
	list_append(&woken, &tired);
	loop_soon(&waking);
}

static void rest(struct poll_wait *w)
{
	list_del(&w->link);
	list_add_tail(&tired, &w->link);
	if (next_round == NULL)
		next_round = loop_after(HOLD_ROUND, begin_round, NULL);
}

/* The kernel then polls each of them again, if need be. */
static void wake_some(void)
{
	for (int i = 0; i < ROUND && !list_empty(&woken); i++) {
		struct poll_wait *w = container_of(woken.next, struct poll_wait, link);
		if (hold_wake(w->holder)) {
			fuse_lowlevel_notify_poll(w->handle);
			poll_done(w);
		} else {
			rest(w);
		}
	}
	if (!list_empty(&woken))
		loop_soon(&waking);
}

void fuse_wake_polls(struct obj *o)
{
	list_append(&woken, &o->polls);
	if (!list_empty(&woken))
		loop_soon(&waking);
}

/* ---- operations ---- */

static void lookup(struct req *r, const struct node *dir)
{
	struct node n;
	if (fuse_entries_wait(r, dir, lookup))
		return;
	if (node_lookup(dir, r->name, &n) < 0) {
		req_fail(r, ENOENT);
		return;
	}
	while (n.row != NULL && n.alias + 1 < ALIASES && fuse_node_busy(node_number(&n)))
		n.alias++;
	req_entry(r, &n);
}

static void op_lookup(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	struct req *r = fuse_receive(fr, parent);
	struct node dir;
	if (!fuse_find(r, parent, &dir))
		return;
	r->name = xstrdup(name);
	lookup(r, &dir);
	fuse_park();
}

static void op_getattr(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	(void)fi;
	if (!fuse_find(r, number, &n))
		return;
	req_attr(r, &n);
	fuse_park();
}

/* The attributes of n as they are to be. */
static struct attr attr_wanted(const struct node *n, const struct stat *st, int set)
{
	struct attr a = node_attr(n);
	if ((set & FUSE_SET_ATTR_MODE) != 0)
		a.mode = st->st_mode & 07777;
	if ((set & FUSE_SET_ATTR_UID) != 0)
		a.uid = st->st_uid;
	if ((set & FUSE_SET_ATTR_GID) != 0)
		a.gid = st->st_gid;
	if ((set & FUSE_SET_ATTR_MTIME_NOW) != 0)
		a.mtime = now_ns();
	else if ((set & FUSE_SET_ATTR_MTIME) != 0)
		a.mtime = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
	return a;
}

static void set_attr(struct req *r, const struct node *n, const struct attr *a)
{
	struct attr old = node_attr(n);
	if (a->mode == old.mode && a->uid == old.uid && a->gid == old.gid &&
	    a->mtime == old.mtime) {
		req_attr(r, n); /* a truncation: changes nothing by itself */
	} else if (n->obj->type->elsewhere) {
		err_set(
		    EPERM, "owner, mode and time are not its own: chown or chmod the directory");
		error_refuse(r, n->obj, node_name(n));
	} else if (!node_is_dir(n) && a->mode > 0777) {
		err_set(EPERM,
		    "set-uid, set-gid and sticky mean nothing here: set them on a directory");
		error_refuse(r, n->obj, node_name(n));
	} else {
		change_attr(r, n, a);
	}
}

static void op_setattr(
    fuse_req_t fr, fuse_ino_t number, struct stat *st, int set, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	(void)fi;
	if (!fuse_find_to_change(r, number, &n))
		return;
	struct attr a = attr_wanted(&n, st, set);
	bool size = (set & FUSE_SET_ATTR_SIZE) != 0 && n.row != NULL;
	if (size && n.row->may_write != NULL && n.row->may_write(n.obj) < 0)
		error_refuse(r, n.obj, n.row->name); /* who empties it writes next */
	else if (size && n.row->resize != NULL)
		change_size(r, &n, &a, (uint64_t)st->st_size);
	else
		set_attr(r, &n, &a);
	fuse_park();
}

/* Can a file opened by these flags never be written? Then open is refused, as in sysfs: cp(1) of a
 * whole directory goes on with the next file, and does not wait for the text of one that blocks.
 * Servers of network shares open for reading and writing; they are refused at the write. */
static bool never_written(const struct row *row, int flags)
{
	return (flags & O_ACCMODE) == O_WRONLY && row != NULL && (row->mode & 0222) == 0;
}

static void op_open(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	if (!fuse_find(r, number, &n))
		return;
	if (never_written(n.row, fi->flags)) {
		err_set(EPERM, "it takes no writes: read it");
		error_refuse(r, n.obj, n.row->name);
		return;
	}
	fi->direct_io = 1;
	fi->fh = stream_open(&n, r->uid);
	fi->nonseekable = n.row != NULL && n.row->stream != NULL && n.row->size == NULL;
	fuse_reply_open(fuse_give_back(r), fi);
}

static void op_release(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	handover_close(fi->fh);
	poll_forget(fi->fh);
	file_release(number_inode(number), fi->fh);
	req_done(r);
}

static void op_read(
    fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	r->fh = fi->fh;
	r->off = (uint64_t)off;
	r->size = size;
	r->nonblock = (fi->flags & O_NONBLOCK) != 0;
	if (node_find(number, &n) == 0)
		file_read(r, &n);
	else
		file_read_gone(r);
	fuse_park();
}

static void op_write(fuse_req_t fr, fuse_ino_t number, const char *bytes, size_t size, off_t off,
    struct fuse_file_info *fi)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	if (!fuse_find_to_change(r, number, &n))
		return;
	fuse_is_write(r);
	r->fh = fi->fh;
	r->off = (fi->flags & O_APPEND) != 0 ? ROW_END : (uint64_t)off;
	r->reads = (fi->flags & O_ACCMODE) == O_RDWR;
	file_write(r, &n, bytes, size);
	fuse_park();
}

static void op_poll(
    fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi, struct fuse_pollhandle *handle)
{
	struct req *r = fuse_receive(fr, number);
	struct node n;
	if (!fuse_find(r, number, &n)) {
		if (handle != NULL)
			fuse_pollhandle_destroy(handle);
		return;
	}
	if (handle != NULL && poll_add(&n, fi->fh, r->uid, handle) < 0) {
		req_fail(r, err_code()); /* the kernel tells him POLLERR */
		return;
	}
	bool ready = stream_poll(fi->fh, &n, handle != NULL ? poll_now : 0);
	fuse_reply_poll(fuse_give_back(r), (unsigned)(POLLOUT | (ready ? POLLIN : 0)));
}

static void op_statfs(fuse_req_t fr, fuse_ino_t number)
{
	struct req *r = fuse_receive(fr, number);
	struct statvfs st;
	if (fstatvfs(statfs_dir, &st) < 0) {
		req_fail(r, errno);
		return;
	}
	st.f_namemax = ENTRY_LEN;
	fuse_reply_statfs(fuse_give_back(r), &st);
}

/* Refuse copy_file_range(2), so that cat and cp use write(2): only that can be seen by the helper
 * (mount-helper/proof/look.h). Without an answer here the kernel would copy by itself. */
static void op_copy(fuse_req_t fr, fuse_ino_t from, off_t at, struct fuse_file_info *in,
    fuse_ino_t to, off_t where, struct fuse_file_info *out, size_t size, int flags)
{
	(void)from, (void)at, (void)in, (void)where, (void)out, (void)size, (void)flags;
	req_fail(fuse_receive(fr, to), EINVAL);
}

static void op_init(void *data, struct fuse_conn_info *conn)
{
	(void)data;
	conn->want |= conn->capable & FUSE_CAP_EXPORT_SUPPORT;
	conn->want &=
	    ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_ATOMIC_O_TRUNC |
			FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
}

static const struct fuse_lowlevel_ops operations = {
    .init = op_init,
    .lookup = op_lookup,
    .getattr = op_getattr,
    .setattr = op_setattr,
    .open = op_open,
    .read = op_read,
    .write = op_write,
    .release = op_release,
    .poll = op_poll,
    .readdir = op_readdir,
    .statfs = op_statfs,
    .copy_file_range = op_copy,
    .mkdir = op_mkdir,
    .rmdir = op_rmdir,
    .rename = op_rename,
    .mknod = op_mknod,
    .create = op_create,
    .symlink = op_symlink,
    .link = op_link,
    .unlink = op_unlink,
};

/* ---- the session ---- */

static void request_process(void *request, size_t size)
{
	const struct fuse_in_header *in = request;
	struct fuse_buf buf = {.mem = request, .size = size};
	fuse_set_unique(in->unique);
	if (in->opcode == FUSE_INIT)
		handover_save_init(request, size);
	if (in->opcode == FUSE_POLL)
		poll_now = ((const struct fuse_poll_in *)(in + 1))->kh;
	fuse_session_process_buf(session, &buf);
}

/* Requests that nobody waits for, or that are about another request, are handled at once. */
static bool is_handled_at_once(uint32_t opcode)
{
	return opcode == FUSE_INIT || opcode == FUSE_DESTROY || opcode == FUSE_FORGET ||
	       opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT;
}

static void on_received(void *request, size_t size)
{
	const struct fuse_in_header *in = request;
	handover_read(in->unique);
	if (is_handled_at_once(in->opcode) || !turns_wait(in->uid, in->unique, request, size))
		request_process(request, size);
}

static void ready(void *arg)
{
	static struct fuse_buf buf;
	(void)arg;
	turns_round();
	for (int i = 0; i < RECEIVED; i++) {
		int n = fuse_session_receive_buf(session, &buf);
		if (n == -EINTR)
			continue;
		if (n == -EAGAIN)
			return;
		if (n <= 0 || fuse_session_exited(session)) {
			log_info("unmounted");
			loop_stop(EXIT_UNMOUNTED);
			return;
		}
		on_received(buf.mem, (size_t)n);
	}
}

static void replay_init(void)
{
	size_t len;
	const void *request = handover_init(&len);
	char copy[1024];
	if (request == NULL || len > sizeof(copy))
		return; /* the daemon before this one died before its FUSE_INIT: the kernel still
			 * has it */
	memcpy(copy, request, len);
	request_process(copy, len);
}

int fuse_start(int fuse, int handover, bool again, int statfs)
{
	char name[] = "warren", path[32];
	char *argv[] = {name, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	statfs_dir = statfs;
	if (handover_open(handover) < 0 || places_open(handover) < 0)
		return -1;
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	fuse_opt_free_args(&args);
	snprintf(path, sizeof(path), "/dev/fd/%d", fuse);
	if (session == NULL || fuse_session_mount(session, path) < 0)
		return err_set(EIO, "libfuse does not take the mount");
	turns_open(request_process);
	if (again) {
		replay_init();
		handover_resend(fuse);
	}
	fd_nonblock(fuse);
	source = loop_fd(fuse, LOOP_READ, ready, NULL);
	return 0;
}

void fuse_stop(void)
{
	loop_close(&source);
	fuse_session_destroy(session);
}
