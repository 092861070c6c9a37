#include "mount-helper/net/nictap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/qemugive.h"

int nic_tap(const struct helper *h, uint64_t id, unsigned n)
{
	struct ifreq r = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL)};
	cleanup_fd int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tap < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return err_set(EOPNOTSUPP, "there is no /dev/net/tun: modprobe tun");
	if (tap < 0)
		return err_sys("open /dev/net/tun");
	nic_name(r.ifr_name, h->opt.cgroup, id, n);
	if (ioctl(tap, TUNSETIFF, &r) == 0)
		return fd_move(&tap);
	return errno == EBUSY ? nic_name_refuse(r.ifr_name) : err_sys("make a tap");
}

/* A tap has no group to begin with. One without an alias was made just now, by us. */
static bool is_ours(const struct nic_work *w, const struct iface *port)
{
	bool made = port->alias[0] == '\0' && strcmp(port->kind, "tun") == 0;
	return made || nic_is_mine(w, port);
}

/* A daemon that died may have left one that QEMU has no use for. */
static int tap_make(struct nic_work *w, struct iface *port, int *tap)
{
	if (port->index != 0 && iface_delete(w->host, port->index) < 0)
		return -1;
	w->made = true;
	if ((*tap = nic_tap(w->h, w->zone->id, w->n)) < 0)
		return -1;
	return iface_find(w->host, w->name, port);
}

int nic_tap_get(struct nic_work *w, struct iface *port, int *tap)
{
	bool make = (w->zone->taps >> w->n & 1) != 0;
	if (iface_find(w->host, w->name, port) < 0)
		return -1;
	if (port->index == 0 && !make)
		return err_set(EIO,
		    "its interface %s on the host is gone: write none, then the line again",
		    w->name);
	if (port->index != 0 && !is_ours(w, port))
		return nic_name_refuse(w->name);
	return make ? tap_make(w, port, tap) : 0;
}

int nic_tap_give(struct nic_work *w, int tap)
{
	char name[GROUP_NAME], command[96];
	group_name(w->zone->id, name);
	snprintf(command, sizeof(command),
	    "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"nic%u\"}}", w->n);
	return qemu_give(w->h, name, command, tap);
}
