/* W keeps a VM's variables in STATE/roots/ID.layers/0/uefi, of format qcow2, so that a snapshot has
 * them as it has the disks. Those with Secure Boot are in uefi-secure: they begin with Microsoft's
 * keys. */
#include "mount-helper/build/uefi.h"

#include <errno.h>
#include <fcntl.h>

#include "base/diskhead.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/vmdisk.h"

/* Distributions have them there, as QEMU's descriptors (/usr/share/qemu/firmware) say. Those are
 * JSON, which no program with privilege reads. The sizes of two in a row differ: variables fit the
 * code beside them. */
static const struct {
	const char *code, *variables;
} places[UEFIS][4] = {
    [UEFI_PLAIN] =
	{
	    {"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
	    {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	    {"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
	    {"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
	},
    [UEFI_SECURE] =
	{
	    {"/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
	    {"/usr/share/OVMF/OVMF_CODE.secboot.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"},
	    {"/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd",
		"/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"},
	},
};

static const char *const names[] = {[UEFI_PLAIN] = "uefi", [UEFI_SECURE] = "uefi-secure"};

static int place_open(uint32_t which, int fds[2])
{
	for (size_t i = 0; i < NELEM(places[which]) && places[which][i].code != NULL; i++) {
		cleanup_fd int code = open(places[which][i].code, O_RDONLY | O_CLOEXEC);
		cleanup_fd int vars = open(places[which][i].variables, O_RDONLY | O_CLOEXEC);
		if (code < 0 || vars < 0)
			continue;
		fds[0] = fd_move(&code);
		fds[1] = fd_move(&vars);
		return 0;
	}
	return err_set(EOPNOTSUPP, "there is no UEFI%s here: install it (ovmf), or %s",
	    which == UEFI_SECURE ? " with Secure Boot" : "",
	    which == UEFI_SECURE ? "set secureboot to off" : "set firmware to bios");
}

int uefi_open(struct boot *b, uint32_t which, int fds[2])
{
	char qemu_img[] = "qemu-img", convert[] = "convert", quiet[] = "-q", from[] = "-f",
	     raw[] = "raw", to[] = "-O", qcow2[] = "qcow2", template[] = "/proc/self/fd/4",
	     path[] = "/proc/self/fd/3";
	char *argv[] = {qemu_img, convert, quiet, from, raw, to, qcow2, template, path, NULL};
	int found[2];
	if (place_open(which, found) < 0)
		return -1;
	fds[0] = found[0];
	cleanup_fd int variables = found[1];
	cleanup_fd int dir = layer_dir(b->h->dirs.roots, b->name, 0);
	fds[1] = dir < 0 ? -1 : vmdisk_own_open(b, dir, names[which], argv, variables);
	return fds[1] < 0 ? err_wrap("its variables") : 0;
}

int uefi_look(uint32_t which)
{
	int fds[2];
	if (place_open(which, fds) < 0)
		return -1;
	fd_close(&fds[0]);
	fd_close(&fds[1]);
	return 0;
}

int uefi_template(uint32_t which)
{
	int fds[2];
	if (place_open(which, fds) < 0)
		return -1;
	fd_close(&fds[0]);
	return fds[1];
}

const char *uefi_name(uint32_t which)
{
	return names[which];
}

/* Code and variables lie in one flash, of whole MiB. */
int uefi_check(const int fds[2])
{
	uint64_t variables;
	off_t code = lseek(fds[0], 0, SEEK_END);
	if (code < 0)
		return err_sys("its size");
	if (diskhead_qcow2(fds[1], &variables) < 0)
		return err_wrap("its variables");
	if (((uint64_t)code + variables) % (1 << 20) != 0)
		return err_set(EINVAL,
		    "its variables are %llu bytes, of another firmware: install the ovmf that made "
		    "them, or set firmware to bios",
		    (unsigned long long)variables);
	return 0;
}
