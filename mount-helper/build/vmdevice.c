#include "mount-helper/build/vmdevice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/usbhost.h"
#include "mount-helper/kit/diskuse.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/kit/iommu.h"
#include "mount-helper/kit/node.h"

enum { USB_MAJOR = 189 /* the kernel's admin-guide/devices.txt */ };

/* A node of the host's, which the author of f may use. Returns an O_PATH descriptor. */
static int node_open(const struct helper_vm_file *f, const char *path)
{
	struct helper_file *node = xcalloc(1, sizeof(*node));
	*node = (struct helper_file){.use = USE_DEVICE_BOTH, .author = f->file.author};
	snprintf(node->path, sizeof(node->path), "%s", path);
	int fd = hostfile_open(node);
	free(node);
	return fd;
}

static int reopen(int at)
{
	char path[40];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* ---- USB ---- */

struct wanted {
	struct hostdevice line;
	unsigned code; /* VM_USB */
	struct usbhost found;
};

static int is_wanted(const struct usbhost *u, void *arg)
{
	struct wanted *w = arg;
	if (VM_USB(u->bus, u->number) != w->code || !usbhost_is(u, &w->line))
		return 0;
	w->found = *u;
	return 1;
}

static int usb_find(struct wanted *w)
{
	return usbhost_each(USBHOST, is_wanted, w) == 1
		   ? 0
		   : err_set(ENOENT, "it was unplugged: plug it in again");
}

static int usb_refuse(const struct usbhost *u)
{
	if (u->hub)
		return err_set(EINVAL, "it is a hub: give what is plugged into it");
	return diskuse_usb(u->at);
}

static int usb_node_open(const struct helper_vm_file *f, const struct usbhost *u)
{
	char path[40];
	struct stat st;
	unsigned minor = (u->bus - 1) * 128 + u->number - 1;
	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", u->bus, u->number);
	cleanup_fd int at = node_open(f, path);
	if (at < 0)
		return -1;
	if (fstat(at, &st) < 0 || st.st_rdev != makedev(USB_MAJOR, minor))
		return err_set(
		    EINVAL, "%s is no device of USB: see what makes nodes in /dev", path);
	int fd = reopen(at);
	return fd < 0 ? err_sys("open %s", path) : fd;
}

/* Looked at once more when it is open: from then on the descriptor is of that device alone. */
int vmdevice_usb_open(const struct helper_vm_file *f)
{
	struct wanted w = {.code = f->disk};
	if (hostdevice_parse(f->file.path, &w.line, "give another") < 0 || usb_find(&w) < 0 ||
	    usb_refuse(&w.found) < 0)
		return -1;
	cleanup_fd int fd = usb_node_open(f, &w.found);
	return fd < 0 || usb_find(&w) < 0 ? -1 : fd_move(&fd);
}

/* ---- PCI ---- */

/* The kernel lets one process have a group. */
static int group_free(int at, const struct boot_pci *p)
{
	cleanup_fd int fd = reopen(at);
	if (fd < 0 && errno == EBUSY)
		return err_set(
		    EBUSY, "its IOMMU group %u is in use by another VM: halt that first", p->group);
	return fd < 0 ? err_sys("open /dev/vfio/%u", p->group) : 0;
}

static int nodes_look(const struct helper_vm_file *f, struct boot_pci *at)
{
	char path[40];
	struct stat group, container;
	snprintf(path, sizeof(path), "/dev/vfio/%u", at->group);
	cleanup_fd int node = node_open(f, path);
	if (node < 0)
		return -1;
	if (fstat(node, &group) < 0 || stat("/dev/vfio/vfio", &container) < 0)
		return err_sys("look at /dev/vfio");
	if (!S_ISCHR(group.st_mode) || !S_ISCHR(container.st_mode))
		return err_set(EINVAL, "%s is no device: see what makes nodes in /dev", path);
	at->node = group.st_rdev;
	at->container = container.st_rdev;
	return group_free(node, at);
}

int vmdevice_pci_look(const struct helper_vm_file *f, struct boot_pci *at)
{
	struct hostdevice d;
	if (hostdevice_parse(f->file.path, &d, "give another") < 0)
		return -1;
	snprintf(at->address, sizeof(at->address), "%s", d.at);
	if (d.kind != HOSTDEVICE_PCI || iommu_group(IOMMU_PCI, at->address, &at->group) < 0)
		return -1;
	return nodes_look(f, at);
}

int vmdevice_pci_add(struct boot *b, const struct helper_vm_file *f)
{
	return vmdevice_pci_look(f, &b->pci[b->npci]) < 0 ? -1 : (b->npci++, 0);
}

/* ---- in QEMU's root ---- */

static int own_node(const struct boot *b, const char *name, dev_t device)
{
	return node_make(b->rootfs, name, major(device), minor(device), 0600);
}

static bool has_node(const struct boot *b, int n)
{
	for (int i = 0; i < n; i++)
		if (b->pci[i].group == b->pci[n].group)
			return true;
	return false;
}

static int pci_make(const struct boot *b, int n)
{
	const struct boot_pci *p = &b->pci[n];
	char path[64], group[16];
	snprintf(path, sizeof(path), "dev/vfio/%u", p->group);
	if (!has_node(b, n) && own_node(b, path, p->node) < 0)
		return -1;
	snprintf(path, sizeof(path), "pci/%s", p->address);
	if (mkdirat(b->rootfs, path, 0755) < 0)
		return err_sys("make /%s", path);
	snprintf(path, sizeof(path), "pci/%s/iommu_group", p->address);
	snprintf(group, sizeof(group), "%u", p->group);
	return symlinkat(group, b->rootfs, path) < 0 ? err_sys("make /%s", path) : 0;
}

int vmdevice_nodes(const struct boot *b)
{
	if (b->npci == 0)
		return 0;
	if (mkdirat(b->rootfs, "dev/vfio", 0755) < 0 || mkdirat(b->rootfs, "pci", 0755) < 0)
		return err_sys("make /dev/vfio");
	if (own_node(b, "dev/vfio/vfio", b->pci[0].container) < 0)
		return -1;
	for (int i = 0; i < b->npci; i++)
		if (pci_make(b, i) < 0)
			return -1;
	return 0;
}
