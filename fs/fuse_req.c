/* Requests of libfuse's, and our struct req in each of them. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "fs/error.h"
#include "fs/file.h"
#include "fs/fuse_ops.h"
#include "fs/handover.h"
#include "fs/hold.h"
#include "fs/stream.h"
#include "fs/text.h"

/* A request that libfuse knows, around ours. */
struct held {
	struct req req;
	struct list link; /* writing */
	unsigned slot; /* handover's */
	bool create;
	struct fuse_file_info file; /* of create */
};

#define UNIQUE_RESENT (UINT64_C(1) << 63)

static struct hash writing; /* writes, by the node's number */
static struct held *newest; /* the request that is being handled; NULL: it has been answered */
static uint64_t unique_now;

static void on_interrupted(fuse_req_t fr, void *data)
{
	struct req *r = data;
	(void)fr;
	r->interrupted = r->watched;
	if (r->cancel == NULL || r->watched)
		return;
	r->cancel(r);
	req_fail(r, EINTR);
}

void req_watch(struct req *r, bool on)
{
	if (r == NULL)
		return;
	r->watched = on;
	if (!on && r->interrupted)
		on_interrupted(r->fuse, r);
}

struct req *fuse_receive(fuse_req_t fr, uint64_t node)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(fr);
	struct held *h = xcalloc(1, sizeof(*h));
	h->slot = handover_begin(unique_now & ~UNIQUE_RESENT);
	h->req.again = (unique_now & UNIQUE_RESENT) != 0;
	h->req.unique = unique_now & ~UNIQUE_RESENT;
	h->req.node = node;
	h->req.uid = ctx->uid;
	h->req.gid = ctx->gid;
	h->req.pid = ctx->pid;
	h->req.fuse = fr;
	h->req.holder = hold_begin(ctx->uid, HOLD_REQUESTS, 1);
	list_init(&h->req.link);
	list_init(&h->link);
	newest = h;
	return &h->req;
}

int req_may_wait(const struct req *r)
{
	return hold_check(r->holder, HOLD_REQUESTS);
}

void fuse_park(void)
{
	if (newest != NULL)
		fuse_req_interrupt_func(newest->req.fuse, on_interrupted, &newest->req);
}

fuse_req_t fuse_give_back(struct req *r)
{
	struct held *h = container_of(r, struct held, req);
	fuse_req_t fr = r->fuse;
	handover_end(h->slot);
	hold_end(r->holder, HOLD_REQUESTS, 1);
	list_del(&h->link);
	free(r->name);
	if (newest == h)
		newest = NULL;
	free(h);
	return fr;
}

void req_fail(struct req *r, int code)
{
	fuse_reply_err(fuse_give_back(r), code);
}

void req_done(struct req *r)
{
	fuse_reply_err(fuse_give_back(r), 0);
}

void req_wrote(struct req *r, size_t n)
{
	struct node node;
	if (node_find(r->node, &node) == 0)
		error_over(node.obj, node.row->name);
	fuse_reply_write(fuse_give_back(r), n);
}

void req_bytes(struct req *r, const void *bytes, size_t n)
{
	fuse_reply_buf(fuse_give_back(r), bytes, n);
}

/* 0; TEXT_WAITS */
static int fill_stat(const struct node *n, uid_t asker, struct stat *st)
{
	struct attr a = node_attr(n);
	uint64_t size;
	int64_t mtime;
	if (file_stat(n, asker, &size, &mtime) == TEXT_WAITS)
		return TEXT_WAITS;
	*st = (struct stat){
	    .st_ino = node_inode(n),
	    .st_mode = a.mode | (node_is_dir(n) ? S_IFDIR : S_IFREG),
	    .st_nlink = node_links(n),
	    .st_uid = a.uid,
	    .st_gid = a.gid,
	    .st_size = (off_t)size,
	    .st_blksize = MESSAGE_MAX, /* the size of a write of stdio and the like */
	    .st_blocks = (blkcnt_t)((size + 511) / 512),
	};
	st->st_mtim = (struct timespec){mtime / 1000000000, mtime % 1000000000};
	st->st_atim = st->st_ctim = st->st_mtim;
	if (mtime == a.mtime || a.ctime > mtime)
		st->st_ctim = (struct timespec){a.ctime / 1000000000, a.ctime % 1000000000};
	return 0;
}

void req_attr(struct req *r, const struct node *n)
{
	struct stat st;
	if (fill_stat(n, r->uid, &st) == TEXT_WAITS) {
		text_wait(r, n, req_attr);
		return;
	}
	fuse_reply_attr(fuse_give_back(r), &st, 0);
}

void req_entry(struct req *r, const struct node *n)
{
	struct fuse_entry_param e = {.ino = node_number(n), .generation = 1};
	if (fill_stat(n, r->uid, &e.attr) == TEXT_WAITS) {
		text_wait(r, n, req_entry);
		return;
	}
	struct held *h = container_of(r, struct held, req);
	if (h->create) {
		struct fuse_file_info file = h->file;
		file.direct_io = 1;
		file.fh = stream_open(n, r->uid);
		fuse_reply_create(fuse_give_back(r), &e, &file);
	} else {
		fuse_reply_entry(fuse_give_back(r), &e);
	}
}

void fuse_is_write(struct req *r)
{
	struct held *h = container_of(r, struct held, req);
	list_add_tail(hash_bucket(&writing, r->node, 0), &h->link);
}

void fuse_is_create(struct req *r, const struct fuse_file_info *fi)
{
	struct held *h = container_of(r, struct held, req);
	h->create = true;
	h->file = *fi;
}

bool fuse_node_busy(uint64_t number)
{
	list_each(h, hash_bucket(&writing, number, 0), struct held, link)
		if (h->req.node == number)
			return true;
	return false;
}

void fuse_set_unique(uint64_t unique)
{
	unique_now = unique;
}

bool fuse_find(struct req *r, uint64_t number, struct node *n)
{
	err_clear();
	if (node_find(number, n) == 0)
		return true;
	req_fail(r, ENOENT);
	return false;
}

bool fuse_entries_wait(
    struct req *r, const struct node *dir, void (*told)(struct req *, const struct node *))
{
	struct text *t;
	if (dir->row == NULL || dir->row->show == NULL)
		return false;
	int result = text_now(dir, 0, &t);
	if (result == TEXT_WAITS)
		text_wait(r, dir, told);
	else if (result < 0)
		error_refuse(r, dir->obj, dir->row->name);
	else
		text_put(t);
	return result != 0;
}

bool fuse_find_to_change(struct req *r, uint64_t number, struct node *n)
{
	if (!fuse_find(r, number, n))
		return false;
	if (req_may_wait(r) == 0)
		return true;
	error_refuse(r, n->obj, node_name(n));
	return false;
}
