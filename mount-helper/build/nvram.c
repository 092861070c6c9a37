#include "mount-helper/build/nvram.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/uefi.h"
#include "mount-helper/kit/sys.h"

#define NEW "uefi.new"

/* What QEMU has open while it reads is taken as it is at that moment. */
static int copy_all(int from, int to)
{
	struct stat st;
	off_t off = 0;
	if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > HELPER_NVRAM_MOST)
		return err_set(EIO, "the file of its variables is none, or too large: bring the "
				    "VM's state back");
	while (off < st.st_size) {
		ssize_t n = sendfile(to, from, &off, (size_t)(st.st_size - off));
		if (n <= 0)
			return n == 0 ? err_set(EIO, "the file of its variables was cut short")
				      : err_sys("copy its variables");
	}
	return 0;
}

/* The VM's directory. -1: ENOENT, it has none yet */
static int dir_open(const struct helper *h, const struct helper_nvram *q)
{
	char name[GROUP_NAME];
	group_name(q->id, name);
	return layer_find(h->dirs.roots, name, 0);
}

static int store_open(int dir, const struct helper_nvram *q)
{
	int fd = sys_openat2(dir, uefi_name(q->which), O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return fd < 0 ? err_sys("open its variables") : fd;
}

int nvram_read(const struct helper *h, const struct helper_nvram *q, int *copy)
{
	cleanup_fd int dir = q->template == 0 ? dir_open(h, q) : -1;
	cleanup_fd int from = q->template != 0 ? uefi_template(q->which)
			      : dir < 0	       ? -1
					       : store_open(dir, q);
	*copy = -1;
	if (from < 0)
		return err_code() == ENOENT ? 0 : -1;
	cleanup_fd int to = memfd_create("nvram", MFD_CLOEXEC);
	if (to < 0 || copy_all(from, to) < 0)
		return to < 0 ? err_sys("copy its variables") : -1;
	*copy = fd_move(&to);
	return 0;
}

/* ---- replacing it ---- */

/* QEMU has locks on what it has open, which only its end lets go. */
static int check_unused(int store)
{
	struct flock any = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(store, F_OFD_GETLK, &any) < 0)
		return err_sys("look whether it runs");
	return any.l_type == F_UNLCK
		   ? 0
		   : err_set(EEXIST, "QEMU has its variables open: halt the VM first");
}

static int new_make(int dir, int from, const struct stat *owner)
{
	cleanup_fd int to = openat(dir, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0 || fchown(to, owner->st_uid, owner->st_gid) < 0)
		return err_sys("make its new variables");
	if (copy_all(from, to) < 0)
		return -1;
	return fsync(to) < 0 ? err_sys("keep its new variables") : 0;
}

/* Make the new one and give it the name of the old; without a new one only that goes. */
static int store_replace(int dir, const char *name, int from, const struct stat *owner)
{
	if (unlinkat(dir, NEW, 0) < 0 && errno != ENOENT)
		return err_sys("make its new variables");
	if (lseek(from, 0, SEEK_END) == 0)
		return unlinkat(dir, name, 0) < 0 ? err_sys("remove its variables") : 0;
	if (new_make(dir, from, owner) < 0) {
		unlinkat(dir, NEW, 0);
		return -1;
	}
	return renameat(dir, NEW, dir, name) < 0 ? err_sys("keep its new variables") : 0;
}

int nvram_write(const struct helper *h, const struct helper_nvram *q, int from)
{
	struct stat owner;
	cleanup_fd int dir = dir_open(h, q);
	cleanup_fd int store = dir < 0 ? -1 : store_open(dir, q);
	if (store < 0)
		return err_code() == ENOENT ? err_set(ESRCH, "it has no variables: boot it once")
					    : -1;
	if (check_unused(store) < 0)
		return -1;
	if (fstat(store, &owner) < 0)
		return err_sys("look at its variables");
	if (store_replace(dir, uefi_name(q->which), from, &owner) < 0)
		return -1;
	return fsync(dir) < 0 ? err_sys("keep its new variables") : 0;
}
