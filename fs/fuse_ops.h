/* What the files fs/fuse*.c have in common; they are the only ones that know libfuse. */
#ifndef WARREN_FS_FUSE_OPS_H
#define WARREN_FS_FUSE_OPS_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>

#include "fs/req.h"

/* Make a struct req of a request of libfuse's. It is recorded for the handover until req_*()
 * answers it. */
struct req *fuse_receive(fuse_req_t fr, uint64_t node);
void fuse_park(void); /* at a handler's end: a request that was not answered can be interrupted from
		       * now on */
fuse_req_t fuse_give_back(struct req *r); /* the caller answers it by libfuse */
void fuse_is_write(struct req *r); /* it holds its inode's lock in the kernel while it waits */
void fuse_is_create(struct req *r, const struct fuse_file_info *fi); /* req_entry opens it, too */
bool fuse_node_busy(uint64_t number); /* does a write wait on that inode? */
void fuse_set_unique(uint64_t unique); /* of the request that is processed next */

/* The node, or the request is answered ENOENT. */
bool fuse_find(struct req *r, uint64_t number, struct node *n);
/* The same for a request that changes something, which may take time. Answered EMFILE or ENFILE if
 * its user has too many under way. */
bool fuse_find_to_change(struct req *r, uint64_t number, struct node *n);

/* A directory whose entries have to be asked for first: r waits for told(r, dir), which asks again,
 * or is answered. False: they are there. */
bool fuse_entries_wait(
    struct req *r, const struct node *dir, void (*told)(struct req *, const struct node *));

/* fuse_names.c: entries made, removed and listed */
void op_mkdir(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode);
void op_rmdir(fuse_req_t fr, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t fr, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
    const char *newname, unsigned flags);
void op_mknod(fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev);
void op_create(
    fuse_req_t fr, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi);
void op_symlink(fuse_req_t fr, const char *to, fuse_ino_t parent, const char *name);
void op_link(fuse_req_t fr, fuse_ino_t number, fuse_ino_t parent, const char *name);
void op_unlink(fuse_req_t fr, fuse_ino_t parent, const char *name);
void op_readdir(
    fuse_req_t fr, fuse_ino_t number, size_t size, off_t off, struct fuse_file_info *fi);

#endif
