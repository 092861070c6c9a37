/* STATE/roots/ID.layers/IMAGE/disk: what a VM has written over an image by its disk0, of format
 * qcow2; diskN by another disk. It names no file below it; QEMU is told by its command line. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/vmdisk.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/sys.h"

#define QEMU_IMG "/usr/bin/qemu-img"

/* The child becomes qemu-img as the VM's user. It has an empty file and what that is filled from,
 * and no other. */
static _Noreturn void qemu_img_exec(
    const struct boot *b, char *const argv[], int program, int disk, int from)
{
	char *env[] = {NULL};
	cleanup_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fds[] = {null, null, null, disk, from};
	if (null >= 0 && caps_become(b->root_uid + QEMU_UID, b->root_uid + QEMU_UID) == 0)
		inherit_exec(fds, NELEM(fds), program, argv, env);
	_exit(1);
}

static int qemu_img_run(const struct boot *b, char *const argv[], int disk, int from)
{
	int status;
	cleanup_fd int program = open(QEMU_IMG, O_RDONLY | O_CLOEXEC);
	if (program < 0)
		return err_set(EOPNOTSUPP, "there is no " QEMU_IMG ": install it (qemu-utils)");
	pid_t pid = fork();
	if (pid == 0)
		qemu_img_exec(b, argv, program, disk, from);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return err_sys("run qemu-img");
	return status == 0
		   ? 0
		   : err_set(
			 EIO, "qemu-img can't make it: see whether there is room where state= is");
}

static int new_make(const struct boot *b, int dir, char *const argv[], int from)
{
	if (unlinkat(dir, "new", 0) < 0 && errno != ENOENT)
		return err_sys("make it");
	cleanup_fd int fd = openat(dir, "new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, b->root_uid + QEMU_UID, b->root_uid + QEMU_UID) < 0)
		return err_sys("make it");
	if (qemu_img_run(b, argv, fd, from) < 0)
		return -1;
	return fsync(fd) < 0 ? err_sys("make it") : 0;
}

/* Made beside, so that a crash leaves none that is half made; nor does a full disk. */
static int own_make(const struct boot *b, int dir, const char *name, char *const argv[], int from)
{
	if (new_make(b, dir, argv, from) < 0) {
		unlinkat(dir, "new", 0);
		return -1;
	}
	return renameat(dir, "new", dir, name) < 0 ? err_sys("make it") : 0;
}

static int file_open(int dir, const char *name, int how)
{
	struct stat st;
	cleanup_fd int fd =
	    sys_openat2(dir, name, how | O_NONBLOCK | O_CLOEXEC, /* a FIFO would hold us */
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(EIO, "%s of the image is no file", name);
	return fd < 0 || fcntl(fd, F_SETFL, how) < 0 ? err_sys("open %s", name) : fd_move(&fd);
}

int vmdisk_own_open(const struct boot *b, int dir, const char *name, char *const argv[], int from)
{
	cleanup_fd int fd = file_open(dir, name, O_RDWR);
	if (fd < 0 && err_code() == ENOENT && own_make(b, dir, name, argv, from) == 0)
		fd = file_open(dir, name, O_RDWR);
	if (fd < 0)
		return -1;
	/* the STATE may come from another host */
	if (fchown(fd, b->root_uid + QEMU_UID, b->root_uid + QEMU_UID) < 0)
		return err_sys("give it to the VM");
	return fd_move(&fd);
}

static int disk_layer_open(const struct boot *b, const struct helper_vm_file *f)
{
	char name[16] = "disk", size[24], qemu_img[] = "qemu-img", create[] = "create",
	     quiet[] = "-q", format[] = "-f", qcow2[] = "qcow2", path[] = "/proc/self/fd/3";
	char *argv[] = {qemu_img, create, quiet, format, qcow2, path, size, NULL};
	if (f->disk != 0)
		snprintf(name, sizeof(name), "disk%u", f->disk);
	snprintf(size, sizeof(size), "%" PRIu64, f->file.size);
	cleanup_fd int dir = layer_dir(b->h->dirs.roots, b->name, f->image);
	int fd = dir < 0 ? -1 : vmdisk_own_open(b, dir, name, argv, -1);
	return fd < 0 ? err_wrap("the VM's layer over the image") : fd;
}

int vmdisk_image_open(const struct helper *h, uint64_t image)
{
	char path[GROUP_NAME + 8], name[GROUP_NAME];
	group_name(image, name);
	snprintf(path, sizeof(path), "%s/disk", name);
	int fd = file_open(h->dirs.images, path, O_RDONLY);
	return fd < 0 ? err_wrap("the image") : fd;
}

int vmdisk_open(const struct boot *b, const struct helper_vm_file *f, int fds[2])
{
	fds[0] = disk_layer_open(b, f);
	if (fds[0] < 0)
		return -1;
	fds[1] = vmdisk_image_open(b->h, f->image);
	return fds[1] < 0 ? -1 : 0;
}
