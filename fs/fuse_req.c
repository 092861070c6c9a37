/* Requests of libfuse's around ours, and their answers. */
#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "fs/file.h"
#include "fs/fuse_ops.h"
#include "fs/handover.h"

/* A request that libfuse knows, around ours. */
struct held {
	struct req req;
	struct list link; /* under_way */
	unsigned slot; /* handover's */
	bool write, create;
	struct fuse_file_info file; /* of create */
};

#define UNIQUE_RESENT (UINT64_C(1) << 63)

static struct list under_way = {&under_way, &under_way};
static uint64_t unique_now;

static void interrupted(fuse_req_t fr, void *data)
{
	struct req *r = data;
	(void)fr;
	if (r->cancel == NULL)
		return;
	r->cancel(r);
	req_fail(r, EINTR);
}

struct req *fuse_take(fuse_req_t fr, uint64_t node)
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
	list_init(&h->req.link);
	list_add_tail(&under_way, &h->link);
	return &h->req;
}

void fuse_park(fuse_req_t fr)
{
	list_each(h, &under_way, struct held, link) if (h->req.fuse == fr)
		fuse_req_interrupt_func(fr, interrupted, &h->req);
}

fuse_req_t fuse_give_back(struct req *r)
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
	fuse_reply_err(fuse_give_back(r), code);
}

void req_done(struct req *r)
{
	fuse_reply_err(fuse_give_back(r), 0);
}

void req_wrote(struct req *r, size_t n)
{
	fuse_reply_write(fuse_give_back(r), n);
}

void req_bytes(struct req *r, const void *bytes, size_t n)
{
	fuse_reply_buf(fuse_give_back(r), bytes, n);
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
	if (mtime == a.mtime || a.ctime > mtime)
		st->st_ctim = (struct timespec){a.ctime / 1000000000, a.ctime % 1000000000};
}

void req_attr(struct req *r, const struct node *n)
{
	struct stat st;
	fill_stat(n, &st);
	fuse_reply_attr(fuse_give_back(r), &st, 0);
}

void req_entry(struct req *r, const struct node *n)
{
	struct fuse_entry_param e = {.ino = node_number(n), .generation = 1};
	fill_stat(n, &e.attr);
	struct held *h = container_of(r, struct held, req);
	if (h->create) {
		struct fuse_file_info file = h->file;
		file.direct_io = 1;
		file.fh = file_open(n, r->uid);
		fuse_reply_create(fuse_give_back(r), &e, &file);
	} else {
		fuse_reply_entry(fuse_give_back(r), &e);
	}
}

void fuse_is_write(struct req *r)
{
	container_of(r, struct held, req)->write = true;
}

void fuse_is_create(struct req *r, const struct fuse_file_info *fi)
{
	struct held *h = container_of(r, struct held, req);
	h->create = true;
	h->file = *fi;
}

bool fuse_node_busy(uint64_t number)
{
	list_each(h, &under_way, struct held,
		link) if (h->write && h->req.node == number) return true;
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
