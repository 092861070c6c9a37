#include "mount-helper/build/qemufiles.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/bind.h"
#include "mount-helper/build/elf.h"

/* The loader's own directories on distributions. QEMU's root has no ld.so.cache with more. */
static const char *const libraries[] = {
    "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"};

/* Parts of QEMU that some distributions build as modules, below a directory of libraries. QEMU
 * looks for others, too, and goes on without. That for the host's USB is there in any case: a
 * device may come while the guest runs. */
static const char *const modules[] = {"qemu/accel-tcg-x86_64.so", "qemu/hw-usb-host.so"};

/* QEMU's data: what the machines and devices of vm/ load. A kernel is loaded by a ROM: one each for
 * Linux, multiboot and PVH. */
static const char *const data_dirs[] = {"/usr/share/qemu", "/usr/share/seabios"};
static const char *const data[] = {"bios-256k.bin", "bios-microvm.bin", "linuxboot.bin",
    "linuxboot_dma.bin", "multiboot.bin", "multiboot_dma.bin", "pvh.bin", "vgabios-stdvga.bin",
    "keymaps/en-us"};

enum {
	RUN = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
	READ = RUN | MOUNT_ATTR_NOEXEC
};

/* A worker makes one root. */
static struct file {
	char path[128];
	struct bind_row row;
} files[BINDS];
static unsigned nfiles;

static bool is_there(const char *path)
{
	for (unsigned i = 0; i < nfiles; i++)
		if (strcmp(files[i].path, path) == 0)
			return true;
	return false;
}

/* 1: it is shown; 0: the host has none */
static int file_add(struct boot *b, const char *path, uint64_t attr)
{
	struct file *f = &files[nfiles];
	if (is_there(path))
		return 1;
	if (nfiles == BINDS || memccpy(f->path, path, '\0', sizeof(f->path)) == NULL)
		return err_set(E2BIG, "QEMU has too many files");
	f->row = (struct bind_row){f->path, f->path + 1, attr, true, true};
	if (bind_add(b, AT_FDCWD, &f->row) < 0)
		return err_code() == ENOENT || err_code() == ENOTDIR ? 0 : -1;
	nfiles++;
	return 1;
}

/* 1: a directory has it, the first one counts; 0: none has */
static int file_find(
    struct boot *b, const char *const dirs[], size_t n, const char *name, uint64_t attr)
{
	char path[PATH_MAX];
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		r = file_add(b, path, attr);
	}
	return r;
}

static int library_add(const char *name, void *boot)
{
	int r = file_find(boot, libraries, NELEM(libraries), name, RUN);
	if (r == 0)
		return err_set(EOPNOTSUPP,
		    "QEMU's library %s is in none of the loader's directories: install QEMU whole "
		    "(qemu-system-x86)",
		    name);
	return r;
}

/* /lib and /lib64 are links to what /usr has, in QEMU's root, too. */
static int loader_add(struct boot *b, const char *loader)
{
	char path[ELF_NAME + 8];
	snprintf(path, sizeof(path), "/usr%s", loader);
	return file_add(b, path, RUN);
}

/* Add what this program or library needs, whose own needs are looked at when its turn comes. */
static int needs_add(struct boot *b, const char *path)
{
	char loader[ELF_NAME];
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys("open %s", path);
	if (elf_read(fd, loader, library_add, b) < 0)
		return err_wrap("%s", path);
	return loader[0] == '\0' ? 0 : loader_add(b, loader);
}

int qemufiles_open(struct boot *b)
{
	int r = file_add(b, QEMU_PROGRAM, RUN);
	if (r == 0)
		return err_set(
		    EOPNOTSUPP, "there is no " QEMU_PROGRAM ": install QEMU (qemu-system-x86)");
	for (size_t i = 0; r >= 0 && i < NELEM(modules); i++)
		r = file_find(b, libraries, NELEM(libraries), modules[i], RUN);
	for (unsigned i = 0; r >= 0 && i < nfiles; i++)
		r = needs_add(b, files[i].path);
	for (size_t i = 0; r >= 0 && i < NELEM(data); i++)
		r = file_find(b, data_dirs, NELEM(data_dirs), data[i], READ);
	return r < 0 ? -1 : 0;
}
