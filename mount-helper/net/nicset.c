#include "mount-helper/net/nicset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/net/ifaddr.h"
#include "mount-helper/net/antispoof.h"
#include "mount-helper/net/nicbridge.h"
#include "mount-helper/net/publish.h"
#include "mount-helper/net/iface.h"
#include "mount-helper/net/loopback.h"
#include "mount-helper/kit/sys.h"

/* One interface, while it is worked on. */
struct work {
	struct nl *host, *inside;
	const char *cgroup;
	const struct nics_zone *zone;
	unsigned n;
	char name[NIC_NAME], eth[NIC_NAME], alias[128];
	const struct helper_nic *nic, *before;
	bool made; /* the interface is new: nothing of `before` exists any more */
};

bool nics_any(const struct helper_nic nics[NICS])
{
	for (int i = 0; i < NICS; i++)
		if (nics[i].kind != NIC_NONE)
			return true;
	return false;
}

/* ---- the zone's namespace ---- */

int nics_namespace(int proc, pid_t pid, uid_t monitor)
{
	char path[40];
	uid_t owner = 0;
	snprintf(path, sizeof(path), "%d/ns/net", (int)pid);
	cleanup_fd int netns = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (netns < 0)
		return err_sys("open the zone's network namespace");
	cleanup_fd int user = ioctl(netns, NS_GET_USERNS);
	if (user < 0 || ioctl(user, NS_GET_OWNER_UID, &owner) < 0)
		return err_sys("ask whose the network namespace is");
	if (owner != monitor)
		return err_set(EPERM, "process %d is not in a network of the zone's own", (int)pid);
	return fd_move(&netns);
}

/* ---- the host's side ---- */

/* An interface whose maker died before it got its alias is known by its group. */
static bool is_mine(const struct work *w, const struct iface *i)
{
	return strcmp(i->alias, w->alias) == 0 || (i->alias[0] == '\0' && i->unnamed);
}

static int port_refuse(const char *name)
{
	return err_set(EEXIST,
	    "there is a network interface %s on the host that is not the zone's: remove or "
	    "rename that",
	    name);
}

static int eth_refuse(const struct work *w)
{
	return err_set(
	    EEXIST, "the zone has an %s of its own already: remove or rename that inside", w->eth);
}

/* Make a new pair if the zone has lost or renamed its end, or gets another MAC. */
static int pair_get(struct work *w, struct iface *port, struct iface *eth)
{
	if (iface_find(w->host, w->name, port) < 0 || iface_find(w->inside, w->eth, eth) < 0)
		return -1;
	if (port->index != 0 && !is_mine(w, port))
		return port_refuse(w->name);
	if (eth->index != 0 && strcmp(eth->kind, "veth") != 0)
		return eth_refuse(w);
	if (port->index != 0 && eth->index != 0 && memcmp(eth->mac, w->nic->mac, MAC_BYTES) == 0)
		return 0;
	if (port->index != 0 && iface_delete(w->host, port->index) < 0)
		return -1;
	w->made = true;
	if (iface_pair(w->host, w->name, w->zone->netns, w->eth, w->nic->mac) < 0) {
		if (err_code() == EOPNOTSUPP)
			return err_set(EOPNOTSUPP, "this kernel has no veth (CONFIG_VETH)");
		return err_code() == EEXIST ? eth_refuse(w) : -1;
	}
	if (iface_find(w->host, w->name, port) < 0)
		return -1;
	return iface_find(w->inside, w->eth, eth);
}

/* A tap has no group to begin with. One without an alias was made just now, by us (nic_tap). */
static int tap_get(struct work *w, struct iface *port)
{
	if (iface_find(w->host, w->name, port) < 0)
		return -1;
	if (port->index == 0)
		return err_set(EIO, "the tap %s is gone", w->name);
	bool made = port->alias[0] == '\0' && strcmp(port->kind, "tun") == 0;
	return made || is_mine(w, port) ? 0 : port_refuse(w->name);
}

/* Set the rules before the first frame can pass. A port that changes its VLAN is taken out of the
 * bridge for that, so that it never is in another one. A bridge takes the lowest MTU of its ports:
 * the host's end never has less than it, whatever the zone's end has. */
static int port_set(struct work *w, const struct iface *port, const struct iface *bridge)
{
	uint32_t mtu = w->nic->mtu > bridge->mtu ? w->nic->mtu : bridge->mtu;
	struct iface_change c = {
	    .alias = w->alias, .mtu = port->mtu != mtu ? mtu : 0, .quiet = true};
	uint8_t high[MAC_BYTES];
	iface_high_mac(w->nic->mac, high);
	if (w->zone->vm) /* the kernel gave the tap any */
		c.mac = high;
	bool leave = port->master != 0 && port->master != bridge->index;
	if (!w->made && w->before->vlan != w->nic->vlan)
		leave = port->master != 0;
	if (leave)
		c.master = -1;
	if (iface_change(w->host, port->index, &c) < 0)
		return -1;
	if (w->nic->antispoof ? antispoof_set(w->name, w->nic) < 0 : antispoof_remove(w->name) < 0)
		return -1;
	bool join = leave || port->master == 0;
	if (join &&
	    iface_change(w->host, port->index, &(struct iface_change){.master = bridge->index}) < 0)
		return -1;
	if (join && w->nic->vlan != 0 &&
	    bridge_vlan(w->host, port->index, w->nic->vlan, bridge->default_vlan) < 0)
		return -1;
	return iface_change(w->host, port->index, &(struct iface_change){.up = true});
}

/* ---- the zone's side ---- */

/* pasta ends when its interface is gone. 1: it was there */
static int pasta_end(struct work *w)
{
	struct iface eth;
	if (iface_find(w->inside, w->eth, &eth) < 0)
		return -1;
	if (eth.index == 0 || strcmp(eth.kind, "tun") != 0)
		return 0;
	return iface_delete(w->inside, eth.index) < 0 ? -1 : 1;
}

/* Without pasta no rule is needed. */
static int user_end(struct work *w)
{
	int ended = pasta_end(w);
	if (ended < 0)
		return -1;
	return ended > 0 || w->before->kind == NIC_USER ? loopback_release(w->name) : 0;
}

static bool has_addr(const struct helper_nic *nic, const struct helper_addr *a)
{
	for (int i = 0; i < nic->naddrs; i++)
		if (memcmp(&nic->addrs[i], a, sizeof(*a)) == 0)
			return true;
	return false;
}

/* Set the addresses. When the first address of a network is removed the kernel removes the others
 * of that network: so all are added again. */
static int addrs_set(struct work *w, int eth)
{
	const struct helper_nic *was = w->before, *is = w->nic;
	for (int i = 0; i < was->naddrs && !w->made; i++)
		if (!has_addr(is, &was->addrs[i]) &&
		    addr_remove(w->inside, eth, &was->addrs[i]) < 0)
			return -1;
	for (int i = 0; i < is->naddrs; i++)
		if (addr_add(w->inside, eth, &is->addrs[i]) < 0)
			return -1;
	return 0;
}

static int gateways_set(struct work *w, int eth)
{
	for (int i = 0; i < 2; i++) {
		const struct helper_addr *was = &w->before->gateways[i], *is = &w->nic->gateways[i];
		bool other = memcmp(was, is, sizeof(*is)) != 0;
		if (other && was->family != 0 && !w->made &&
		    gateway_remove(w->inside, eth, w->n, was) < 0)
			return -1;
		if (is->family != 0 && gateway_add(w->inside, eth, w->n, is) < 0)
			return -1;
	}
	return 0;
}

/* Routes come last: the kernel removes routes together with the addresses that they need. */
static int eth_set(struct work *w, const struct iface *eth, const struct iface *bridge)
{
	uint32_t mtu = w->nic->mtu != 0 ? w->nic->mtu : bridge->mtu;
	struct iface_change c = {.mtu = eth->mtu != mtu ? mtu : 0, .up = w->made};
	if (iface_change(w->inside, eth->index, &c) < 0 || addrs_set(w, eth->index) < 0)
		return -1;
	return gateways_set(w, eth->index);
}

/* w->before is NIC_NONE if a daemon died that had not saved what it asked for. */
static int bridge_set(struct work *w)
{
	struct iface bridge, port, eth = {0};
	if (nic_bridge_ready(w->host, w->cgroup, w->nic, &bridge) < 0 ||
	    (w->before->kind != NIC_BRIDGE && user_end(w) < 0))
		return -1;
	if (w->zone->vm ? tap_get(w, &port) < 0 : pair_get(w, &port, &eth) < 0)
		return -1;
	if (port_set(w, &port, &bridge) < 0)
		return -1;
	return w->zone->vm ? 0 : eth_set(w, &eth, &bridge);
}

/* Remove the interface and its rules. If the zone has ended, the interface may be gone and the
 * rules be left; or another program may have made one of this name since, which stays. */
static int nic_remove(struct work *w)
{
	struct iface port;
	if (w->before->kind == NIC_USER)
		return user_end(w);
	if (iface_find(w->host, w->name, &port) < 0)
		return -1;
	bool there = port.index != 0 && is_mine(w, &port);
	if (!there && w->before->kind == NIC_NONE)
		return 0;
	if (there && iface_delete(w->host, port.index) < 0)
		return -1;
	return antispoof_remove(w->name);
}

/* The NIC of a zone that has ended: nothing is known but its name. */
static int nic_forget(struct work *w)
{
	return nic_remove(w) < 0 ? -1 : loopback_release(w->name);
}

/* Does pasta serve it already in the same way? If a daemon died nobody knows what that one asked
 * for: it counts as the same. */
static bool user_equal(const struct helper_nic *was, const struct helper_nic *nic)
{
	return was->kind != NIC_USER ||
	       (was->mtu == nic->mtu && was->low == nic->low &&
		   memcmp(was->published, nic->published, sizeof(nic->published)) == 0);
}

/* Serve a `user` NIC. If it is there with this MAC, pasta serves it already. The host is closed to
 * it before pasta begins; if the host can't be, the NIC stays what it was. */
static int user_set(struct work *w)
{
	static const struct helper_nic none;
	struct iface eth;
	const struct helper_nic *was = w->before, *nic = w->nic;
	if (pasta_look() < 0 || loopback_close(w->name) < 0 ||
	    (was->kind != NIC_USER && nic_remove(w) < 0) || iface_find(w->inside, w->eth, &eth) < 0)
		return -1;
	bool served = eth.index != 0 && memcmp(eth.mac, nic->mac, MAC_BYTES) == 0;
	if (!served || !user_equal(was, nic)) {
		if (publish_look(nic) < 0 || publish_check(nic, was) < 0 || pasta_end(w) < 0)
			return -1;
		publish_wait(nic);
		/* what pasta had hid who else has a port */
		if (publish_check(nic, &none) < 0 ||
		    pasta_start(&w->zone->pasta, w->eth, nic) < 0 ||
		    iface_find(w->inside, w->eth, &eth) < 0)
			return -1;
	}
	return gateways_rank(w->inside, eth.index, w->n);
}

static int nic_set(struct work *w)
{
	switch (w->nic->kind) {
	case NIC_BRIDGE:
		return bridge_set(w);
	case NIC_USER:
		return user_set(w);
	default:
		return nic_remove(w);
	}
}

/* ---- all of them ---- */

int nics_lock(const struct helper *h)
{
	cleanup_fd int lock = openat(h->dirs.monitors, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return err_sys("wait for other networks");
	return fd_move(&lock);
}

static void work_name(struct work *w, uint64_t id, unsigned n)
{
	w->n = n;
	nic_name(w->name, w->cgroup, id, n);
	snprintf(w->eth, sizeof(w->eth), "eth%u", n);
	snprintf(w->alias, sizeof(w->alias), "warren %s %" PRIu64 " nic%u", w->cgroup, id, n);
	w->made = false;
}

static int bridges_remove_unused(struct nl *nl, const char *cgroup)
{
	const struct bridge_names names = nic_bridge_names(cgroup);
	return bridges_sweep(nl, &names);
}

static int nics_set_each(struct work *w, uint64_t id, const struct helper_nic before[NICS],
    const struct helper_nic nics[NICS])
{
	for (unsigned n = 0; n < NICS; n++) {
		work_name(w, id, n);
		w->before = &before[n];
		w->nic = &nics[n];
		/* a VM's taps go with QEMU */
		if ((!w->zone->vm || w->nic->kind != NIC_NONE) && nic_set(w) < 0)
			return err_wrap("nic%u", n);
	}
	return 0;
}

int nics_set(const struct helper *h, const struct nics_zone *z,
    const struct helper_nic before[NICS], const struct helper_nic nics[NICS])
{
	cleanup_nl struct nl ours = {.sock = NULL}, theirs = {.sock = NULL};
	struct work w = {.host = &ours, .inside = &theirs, .cgroup = h->opt.cgroup, .zone = z};
	if (nl_open(&ours, NETLINK_ROUTE, -1) < 0 || nl_open(&theirs, NETLINK_ROUTE, z->netns) < 0)
		return -1;
	return nics_set_each(&w, z->id, before, nics);
}

int nics_look(const struct helper *h, const struct helper_nic nics[NICS])
{
	cleanup_nl struct nl ours = {.sock = NULL};
	if (nl_open(&ours, NETLINK_ROUTE, -1) < 0)
		return -1;
	for (unsigned n = 0; n < NICS; n++) {
		const struct helper_nic *nic = &nics[n];
		struct iface bridge;
		if ((nic->kind == NIC_BRIDGE &&
			nic_bridge_look(&ours, h->opt.cgroup, nic, &bridge) < 0) ||
		    (nic->kind == NIC_USER && (pasta_look() < 0 || publish_look(nic) < 0)))
			return err_wrap("nic%u", n);
	}
	return 0;
}

int nics_change(const struct helper *h, const struct helper_nics_set *want)
{
	if (want->pid == 0)
		return nics_look(h, want->nics);
	struct helper_uids uids = want->uids;
	if (uids_get(&h->dirs.uids, want->id, &uids) < 0)
		return -1;
	uid_t monitor = uids_monitor(&uids);
	/* the lock comes first: the zone may end and be cleaned while we wait for it */
	cleanup_fd int turn = nics_lock(h), proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (turn < 0)
		return -1;
	if (proc < 0)
		return err_sys("open /proc");
	struct group_join join; /* counts for root's euid */
	if (group_join_open(&join, want->id) < 0)
		return -1;
	/* this uid owns the zone's user namespace, and no other */
	if (setresuid((uid_t)-1, monitor, (uid_t)-1) < 0)
		return err_sys("take the monitor's uid");
	cleanup_nl struct nl ours = {.sock = NULL};
	cleanup_fd int netns = nics_namespace(proc, want->pid, monitor);
	struct nics_zone z = {.id = want->id,
	    .netns = netns,
	    .vm = want->vm == 1,
	    .pasta = {.join = &join, .pid = want->pid, .monitor = monitor}};
	if (netns < 0 || nics_set(h, &z, want->before, want->nics) < 0 ||
	    nl_open(&ours, NETLINK_ROUTE, -1) < 0)
		return -1;
	return bridges_remove_unused(&ours, h->opt.cgroup);
}

int nics_remove(const struct helper *h, uint64_t id, uint32_t mask)
{
	static const struct helper_nic none, some = {.kind = NIC_BRIDGE};
	cleanup_nl struct nl ours = {.sock = NULL};
	cleanup_fd int turn = nics_lock(h);
	struct work w = {.host = &ours, .cgroup = h->opt.cgroup, .nic = &none};
	if (turn < 0 || nl_open(&ours, NETLINK_ROUTE, -1) < 0)
		return -1;
	w.before = &some;
	for (unsigned n = 0; n < NICS; n++) {
		work_name(&w, id, n);
		if ((mask >> n & 1) != 0 && nic_forget(&w) < 0)
			return -1;
	}
	return bridges_remove_unused(&ours, w.cgroup);
}

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
	return errno == EBUSY ? port_refuse(r.ifr_name) : err_sys("make a tap");
}
