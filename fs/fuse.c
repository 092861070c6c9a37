#define FUSE_USE_VERSION 35
#include "fs/fuse.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/file.h"
#include "fs/handover.h"
#include "fs/req.h"

enum { ROUND = 32, EXIT_UNMOUNTED = 0, ALIASES = 64 };
#define UNIQUE_RESENT (UINT64_C(1) << 63)

struct poll_wait {
	struct list link; /* obj::polls */
	struct fuse_pollhandle *handle;
};

/* A request that libfuse knows, around ours. */
struct held {
	struct req req;
	struct list link; /* under_way */
	unsigned slot;    /* handover's */
	bool write;
};

static struct fuse_session *session;
static struct source *source;
static struct list under_way = {&under_way, &under_way};
static uint64_t unique_now; /* of the request being processed */
static int statfs_dir;

/* ---- requests and answers ---- */

static void interrupted(fuse_req_t fr, void *data)
{
	struct req *r = data;
	(void)fr;
	if (r->cancel == NULL)
		return;
	r->cancel(r);
	req_fail(r, EINTR);
}

static struct req *take(fuse_req_t fr, uint64_t node)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(fr);
	struct held *h = xcalloc(1, sizeof(*h));
	h->slot = handover_begin(unique_now & ~UNIQUE_RESENT);
	h->req.again = (unique_now & UNIQUE_RESENT) != 0;
	h->req.node = node;
	h->req.uid = ctx->uid;
	h->req.gid = ctx->gid;
	h->req.pid = ctx->pid;
	h->req.fuse = fr;
	list_init(&h->req.link);
	list_add_tail(&under_way, &h->link);
	return &h->req;
}

/* Before the handler returns to the loop: a parked request can be interrupted. */
static void park(fuse_req_t fr)
{
	list_each(h, &under_way, struct held, link)
		if (h->req.fuse == fr)
			fuse_req_interrupt_func(fr, interrupted, &h->req);
}

static fuse_req_t give_back(struct req *r)
{
	struct held *h = container_of(r, struct held, req);
	fuse_req_t fr = r->fuse;
	handover_end(h->slot);
	list_del(&h->link);
	free(h);
	return fr;
}

void req_fail(struct req *r, int code)
{
	fuse_reply_err(give_back(r), code);
}

void req_done(struct req *r)
{
	fuse_reply_err(give_back(r), 0);
}

void req_wrote(struct req *r, size_t n)
{
	fuse_reply_write(give_back(r), n);
}

void req_bytes(struct req *r, const void *bytes, size_t n)
{
	fuse_reply_buf(give_back(r), bytes, n);
}

static void fill_stat(const struct node *n, struct stat *st)
{
	struct attr a = node_attr(n);
	uint64_t size;
	int64_t mtime;
	file_stat(n, &size, &mtime);
	*st = (struct stat){
		.st_ino = node_inode(n),
		.st_mode = a.mode | (node_is_dir(n) ? S_IFDIR : S_IFREG),
		.st_nlink = node_links(n),
		.st_uid = a.uid,
		.st_gid = a.gid,
		.st_size = (off_t)size,
		.st_blksize = 4096,
		.st_blocks = (blkcnt_t)((size + 511) / 512),
	};
	st->st_mtim = (struct timespec){mtime / 1000000000, mtime % 1000000000};
	st->st_atim = st->st_ctim = st->st_mtim;
}

void req_attr(struct req *r, const struct node *n)
{
	struct stat st;
	fill_stat(n, &st);
	fuse_reply_attr(give_back(r), &st, 0);
}

void req_entry(struct req *r, const struct node *n)
{
	struct fuse_entry_param e = {.ino = node_number(n), .generation = 1};
	fill_stat(n, &e.attr);
	fuse_reply_entry(give_back(r), &e);
}

/* ---- operations ---- */

/* The node, or the request is answered ENOENT. */
static bool find(struct req *r, uint64_t number, struct node *n)
{
	err_clear();
	if (node_find(number, n) == 0)
		return true;
	req_fail(r, ENOENT);
	return false;
}

static bool alias_busy(const struct node *n)
{
	uint64_t number = node_number(n);
	list_each(h, &under_way, struct held, link)
		if (h->write && h->req.node == number)
			return true;
	return false;
}

static void op_lookup(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	struct req *r = take(fr, parent);
	struct node dir, n;
	if (!find(r, parent, &dir))
		return;
	if (node_lookup(&dir, name, &n) < 0) {
		req_fail(r, ENOENT);
		return;
	}
	while (n.row != NULL && n.alias + 1 < ALIASES && alias_busy(&n))
		n.alias++;
	req_entry(r, &n);
}

static void op_getattr(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	(void)fi;
	if (find(r, number, &n))
		req_attr(r, &n);
}

static void op_setattr(
	fuse_req_t fr, fuse_ino_t number, struct stat *st, int set, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	(void)fi;
	if (!find(r, number, &n))
		return;
	struct attr a = node_attr(&n);
	if ((set & FUSE_SET_ATTR_MODE) != 0)
		a.mode = st->st_mode & 0777;
	if ((set & FUSE_SET_ATTR_UID) != 0)
		a.uid = st->st_uid;
	if ((set & FUSE_SET_ATTR_GID) != 0)
		a.gid = st->st_gid;
	if ((set & FUSE_SET_ATTR_MTIME_NOW) != 0)
		a.mtime = now_ns();
	else if ((set & FUSE_SET_ATTR_MTIME) != 0)
		a.mtime = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
	struct attr old = node_attr(&n);
	if (a.mode == old.mode && a.uid == old.uid && a.gid == old.gid && a.mtime == old.mtime) {
		req_attr(r, &n); /* a truncation: changes nothing by itself */
		return;
	}
	change_attr(r, &n, &a);
	park(fr);
}

static void op_open(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	if (!find(r, number, &n))
		return;
	fi->direct_io = 1;
	fi->fh = file_open(&n);
	fuse_reply_open(give_back(r), fi);
}

static void op_release(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	err_clear();
	if (node_find(number, &n) == 0)
		file_release(node_inode(&n), fi->fh);
	req_done(r);
}

static void op_read(
	fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	if (!find(r, number, &n))
		return;
	r->fh = fi->fh;
	r->off = (uint64_t)off;
	r->size = size;
	file_read(r, &n);
	park(fr);
}

static void op_write(fuse_req_t fr, fuse_ino_t number, const char *bytes, size_t size, off_t off,
	struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node n;
	(void)off;
	if (!find(r, number, &n))
		return;
	container_of(r, struct held, req)->write = true;
	r->fh = fi->fh;
	file_write(r, &n, bytes, size);
	park(fr);
}

static void op_poll(fuse_req_t fr, fuse_ino_t number, struct fuse_file_info *fi,
	struct fuse_pollhandle *handle)
{
	struct req *r = take(fr, number);
	struct node n;
	if (!find(r, number, &n)) {
		if (handle != NULL)
			fuse_pollhandle_destroy(handle);
		return;
	}
	bool ready = file_poll(fi->fh, &n);
	if (handle != NULL) {
		struct poll_wait *w = xcalloc(1, sizeof(*w));
		w->handle = handle;
		list_add_tail(&n.obj->polls, &w->link);
	}
	fuse_reply_poll(give_back(r), (unsigned)(POLLOUT | (ready ? POLLIN : 0)));
}

static void poll_done(struct poll_wait *w)
{
	list_del(&w->link);
	fuse_pollhandle_destroy(w->handle);
	free(w);
}

void fuse_wake_polls(struct obj *o)
{
	list_each(w, &o->polls, struct poll_wait, link) {
		fuse_lowlevel_notify_poll(w->handle);
		poll_done(w);
	}
}

void fuse_drop_polls(struct obj *o)
{
	list_each(w, &o->polls, struct poll_wait, link)
		poll_done(w);
}

/* Refuse to make or remove one of the tree's own files. */
static void refuse_name(struct req *r, struct node *dir, const char *name, const char *does)
{
	char q[80];
	err_set(EPERM, "%s is refused: %s", does,
		dir->row != NULL && dir->row->dir != NULL
			? "entries here are made by mkdir, removed by rmdir and renamed by mv"
			: "the files here are the tree's own");
	file_refuse(r, dir->obj, word_quote(name, q, sizeof(q)));
}

static void op_mkdir(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct req *r = take(fr, parent);
	struct node dir;
	char q[80];
	(void)mode;
	if (!find(r, parent, &dir))
		return;
	if (dir.row == NULL || dir.row->dir == NULL) {
		refuse_name(r, &dir, name, "mkdir");
		return;
	}
	word_quote(name, q, sizeof(q));
	if (!word_is_name(name))
		err_set(EINVAL,
			"this is no name: give 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit");
	else if (dir_find(dir.obj, dir.row, name) != NULL && !r->again)
		err_set(EEXIST, "there is one of this name: choose another");
	if (err_text()[0] != '\0' || dir.row->dir->make(dir.obj, dir.row, r, name) < 0)
		file_refuse(r, dir.obj, q);
	else
		park(fr);
}

static void op_rmdir(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	struct req *r = take(fr, parent);
	struct node dir, n;
	if (!find(r, parent, &dir))
		return;
	if (dir.row == NULL || dir.row->dir == NULL)
		refuse_name(r, &dir, name, "rmdir");
	else if (node_lookup(&dir, name, &n) < 0)
		req_fail(r, r->again ? 0 : ENOENT); /* asked again, it may be gone already */
	else if (dir.row->dir->remove(n.obj, r) < 0)
		file_refuse(r, n.obj, "rmdir");
	else
		park(fr);
}

static void op_rename(fuse_req_t fr, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
	const char *newname, unsigned flags)
{
	struct req *r = take(fr, parent);
	struct node dir, to, n, target;
	if (!find(r, parent, &dir) || !find(r, newparent, &to))
		return;
	if (dir.row == NULL || dir.row->dir == NULL || to.obj != dir.obj || to.row != dir.row) {
		refuse_name(r, &dir, name, "mv");
		return;
	}
	bool taken = node_lookup(&to, newname, &target) == 0;
	if (node_lookup(&dir, name, &n) < 0) {
		req_fail(r, r->again && taken ? 0 : ENOENT);
		return;
	}
	err_clear();
	if ((flags & ~(unsigned)RENAME_NOREPLACE) != 0)
		err_set(EINVAL, "only plain renaming is possible");
	else if (!word_is_name(newname))
		err_set(EINVAL,
			"this is no name: give 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit");
	else if (taken)
		err_set(EEXIST, "there is one of this name: choose another");
	if (err_text()[0] != '\0' || dir.row->dir->rename(n.obj, r, newname) < 0)
		file_refuse(r, n.obj, "rename");
	else
		park(fr);
}

static void refuse_make(fuse_req_t fr, uint64_t parent, const char *name, const char *does)
{
	struct req *r = take(fr, parent);
	struct node dir;
	if (find(r, parent, &dir))
		refuse_name(r, &dir, name, does);
}

static void op_mknod(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)mode, (void)dev;
	refuse_make(fr, parent, name, "making a file");
}

static void op_create(
	fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	(void)mode, (void)fi;
	refuse_make(fr, parent, name, "making a file");
}

static void op_symlink(fuse_req_t fr, const char *to, fuse_ino_t parent, const char *name)
{
	(void)to;
	refuse_make(fr, parent, name, "making a link");
}

static void op_link(fuse_req_t fr, fuse_ino_t number, fuse_ino_t parent, const char *name)
{
	(void)number;
	refuse_make(fr, parent, name, "making a link");
}

static void op_unlink(fuse_req_t fr, fuse_ino_t parent, const char *name)
{
	refuse_make(fr, parent, name, "removing");
}

/* One directory entry; false: the buffer is full. */
struct listing {
	fuse_req_t fr;
	char *at;
	size_t len, size;
};

static bool list_entry(struct listing *l, const char *name, const struct node *n, uint64_t next)
{
	struct stat st = {.st_ino = node_inode(n), .st_mode = node_is_dir(n) ? S_IFDIR : S_IFREG};
	size_t need =
		fuse_add_direntry(l->fr, l->at + l->len, l->size - l->len, name, &st, (off_t)next);
	if (need > l->size - l->len)
		return false;
	l->len += need;
	return true;
}

/* Positions: 1 and 2 behind . and .., then rows by their order or objects by their ids. */
enum { FIRST = 3 };

static void list_rows(struct listing *l, const struct node *dir, uint64_t off)
{
	uint64_t at = FIRST;
	struct node n = {dir->obj, NULL, 0};
	while ((n.row = row_next(dir->obj->type, n.row)) != NULL)
		if (at++ >= off && !list_entry(l, n.row->name, &n, at))
			return;
}

static void list_objs(struct listing *l, const struct node *dir, uint64_t off)
{
	list_each(o, &dir_of(dir->obj, dir->row)->objs, struct obj, sibling) {
		struct node n = {o, NULL, 0};
		if (o->id + FIRST >= off && !list_entry(l, o->name, &n, o->id + FIRST + 1))
			return;
	}
}

static void op_readdir(
	fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct req *r = take(fr, number);
	struct node dir, up;
	(void)fi;
	if (!find(r, number, &dir))
		return;
	struct listing l = {.fr = fr, .at = xcalloc(1, size), .size = size};
	node_lookup(&dir, "..", &up);
	if ((off >= 1 || list_entry(&l, ".", &dir, 1)) && (off >= 2 || list_entry(&l, "..", &up, 2))) {
		if (dir.row == NULL)
			list_rows(&l, &dir, (uint64_t)off);
		else
			list_objs(&l, &dir, (uint64_t)off);
	}
	req_bytes(r, l.at, l.len);
	free(l.at);
}

static void op_statfs(fuse_req_t fr, fuse_ino_t number)
{
	struct req *r = take(fr, number);
	struct statvfs st;
	if (fstatvfs(statfs_dir, &st) < 0) {
		req_fail(r, errno);
		return;
	}
	st.f_namemax = NAME_LEN;
	fuse_reply_statfs(give_back(r), &st);
}

static void op_init(void *data, struct fuse_conn_info *conn)
{
	(void)data;
	conn->want |= conn->capable & FUSE_CAP_EXPORT_SUPPORT;
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
		FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO);
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

static void process(struct fuse_buf *buf)
{
	const struct fuse_in_header *in = buf->mem;
	unique_now = in->unique;
	if (in->opcode == FUSE_INIT)
		handover_save_init(buf->mem, buf->size);
	fuse_session_process_buf(session, buf);
}

static void ready(void *arg)
{
	static struct fuse_buf buf;
	(void)arg;
	for (int i = 0; i < ROUND; i++) {
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
		process(&buf);
	}
}

static void replay_init(void)
{
	size_t len;
	const void *request = handover_init(&len);
	char copy[1024];
	if (request == NULL || len > sizeof(copy))
		return; /* the daemon before us never got so far: the kernel still has it */
	memcpy(copy, request, len);
	struct fuse_buf buf = {.mem = copy, .size = len};
	process(&buf);
}

int fuse_start(int fuse, int handover, bool again, int statfs)
{
	char name[] = "warren", path[32];
	char *argv[] = {name, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	statfs_dir = statfs;
	if (handover_open(handover) < 0)
		return -1;
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	fuse_opt_free_args(&args);
	snprintf(path, sizeof(path), "/dev/fd/%d", fuse);
	if (session == NULL || fuse_session_mount(session, path) < 0)
		return err_set(EIO, "libfuse does not take the mount");
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
