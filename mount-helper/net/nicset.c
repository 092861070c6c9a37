#include "mount-helper/net/nicset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "mount-helper/net/ifaddr.h"
#include "mount-helper/net/antispoof.h"
#include "mount-helper/net/nicbridge.h"
#include "mount-helper/net/netlock.h"
#include "mount-helper/net/nictap.h"
#include "mount-helper/net/nicuser.h"
#include "mount-helper/net/publish.h"
#include "mount-helper/net/loopback.h"

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
	if (netns < 0 && (errno == ENOENT || errno == ESRCH))
		return err_set(ESRCH, "it does not run");
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

bool nic_is_mine(const struct nic_work *w, const struct iface *i)
{
	return strcmp(i->alias, w->alias) == 0 || (i->alias[0] == '\0' && i->unnamed);
}

int nic_name_refuse(const char *name)
{
	return err_set(EEXIST,
	    "there is a network interface %s on the host that is not the zone's: remove or "
	    "rename that",
	    name);
}

static int eth_refuse(const struct nic_work *w)
{
	return err_set(
	    EEXIST, "the zone has an %s of its own already: remove or rename that inside", w->eth);
}

/* Make a new pair if the zone has lost or renamed its end, or gets another MAC. */
static int pair_get(struct nic_work *w, struct iface *port, struct iface *eth)
{
	if (iface_find(w->host, w->name, port) < 0 || iface_find(w->inside, w->eth, eth) < 0)
		return -1;
	if (port->index != 0 && !nic_is_mine(w, port))
		return nic_name_refuse(w->name);
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

/* Set the rules before the first frame can pass. A port that changes its VLAN is taken out of the
 * bridge for that, so that it never is in another one. A bridge takes the lowest MTU of its ports:
 * the host's end never has less than it, whatever the zone's end has. */
static int port_set(struct nic_work *w, const struct iface *port, const struct iface *bridge)
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

static bool has_addr(const struct helper_nic *nic, const struct helper_addr *a)
{
	for (int i = 0; i < nic->naddrs; i++)
		if (memcmp(&nic->addrs[i], a, sizeof(*a)) == 0)
			return true;
	return false;
}

/* Set the addresses. When the first address of a network is removed the kernel removes the others
 * of that network: so all are added again. */
static int addrs_set(struct nic_work *w, int eth)
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

static int gateways_set(struct nic_work *w, int eth)
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
static int eth_set(struct nic_work *w, const struct iface *eth, const struct iface *bridge)
{
	uint32_t mtu = w->nic->mtu != 0 ? w->nic->mtu : bridge->mtu;
	struct iface_change c = {.mtu = eth->mtu != mtu ? mtu : 0, .up = w->made};
	if (iface_change(w->inside, eth->index, &c) < 0 || addrs_set(w, eth->index) < 0)
		return -1;
	return gateways_set(w, eth->index);
}

/* A tap is a port before it is QEMU's, so that nothing passes without its rules. */
static int tap_set(struct nic_work *w, const struct iface *bridge)
{
	struct iface port;
	cleanup_fd int tap = -1;
	if (nic_tap_get(w, &port, &tap) == 0 && port_set(w, &port, bridge) == 0 &&
	    (tap < 0 || nic_tap_give(w, tap) == 0))
		return 0;
	struct err why;
	err_copy(&why);
	if (tap >= 0 && antispoof_remove(w->name) < 0)
		log_warn("undo a NIC: %s", err_text());
	return err_restore(&why);
}

static int pair_set(struct nic_work *w, const struct iface *bridge)
{
	struct iface port, eth;
	if (pair_get(w, &port, &eth) < 0 || port_set(w, &port, bridge) < 0)
		return -1;
	return eth_set(w, &eth, bridge);
}

/* w->before is NIC_NONE if a daemon died that had not saved what it asked for. */
static int bridge_set(struct nic_work *w)
{
	struct iface bridge;
	if (nic_bridge_ready(w->host, w->cgroup, w->nic, &bridge) < 0 ||
	    (w->before->kind != NIC_BRIDGE && nic_user_end(w) < 0))
		return -1;
	return w->zone->vm ? tap_set(w, &bridge) : pair_set(w, &bridge);
}

int nic_port_remove(struct nic_work *w)
{
	struct iface port;
	if (iface_find(w->host, w->name, &port) < 0)
		return -1;
	bool there = port.index != 0 && nic_is_mine(w, &port);
	if (!there && w->before->kind == NIC_NONE)
		return 0;
	if (there && iface_delete(w->host, port.index) < 0)
		return -1;
	return antispoof_remove(w->name);
}

static int nic_remove(struct nic_work *w)
{
	return w->before->kind == NIC_USER ? nic_user_end(w) : nic_port_remove(w);
}

/* The NIC of a zone that has ended: nothing is known but its name. */
static int nic_forget(struct nic_work *w)
{
	return nic_remove(w) < 0 ? -1 : loopback_release(w->name);
}

static int nic_set(struct nic_work *w)
{
	switch (w->nic->kind) {
	case NIC_BRIDGE:
		return bridge_set(w);
	case NIC_USER:
		return nic_user_begin(w);
	default:
		return nic_remove(w);
	}
}

/* ---- all of them ---- */

static void work_name(struct nic_work *w, uint64_t id, unsigned n)
{
	w->n = n;
	nic_name(w->name, w->cgroup, id, n);
	snprintf(w->eth, sizeof(w->eth), "eth%u", n);
	snprintf(w->alias, sizeof(w->alias), "warren %s %" PRIu64 " nic%u", w->cgroup, id, n);
	w->made = false;
}

static int bridges_remove_unused(const struct helper *h)
{
	const struct bridge_names names = nic_bridge_names(h->opt.cgroup);
	cleanup_nl struct nl ours = {.sock = NULL};
	cleanup_fd int turn = netlock_host(h);
	if (turn < 0 || nl_open(&ours, NETLINK_ROUTE, -1) < 0)
		return -1;
	return bridges_sweep(&ours, &names);
}

/* Call set for each of the zone's NICs that is asked for, and of this kind; NIC_NONE: any. */
static int each(struct nic_work *w, uint32_t kind, int (*set)(struct nic_work *),
    const struct helper_nic before[NICS], const struct helper_nic nics[NICS])
{
	for (unsigned n = 0; n < NICS; n++) {
		if ((w->zone->which >> n & 1) == 0 || (kind != NIC_NONE && nics[n].kind != kind))
			continue;
		work_name(w, w->zone->id, n);
		w->before = &before[n];
		w->nic = &nics[n];
		if (set(w) < 0)
			return err_wrap("nic%u", n);
	}
	return 0;
}

int nics_set(const struct helper *h, const struct nics_zone *z,
    const struct helper_nic before[NICS], const struct helper_nic nics[NICS])
{
	cleanup_nl struct nl ours = {.sock = NULL}, theirs = {.sock = NULL};
	struct nic_work w = {
	    .h = h, .host = &ours, .inside = &theirs, .cgroup = h->opt.cgroup, .zone = z};
	if (nl_open(&ours, NETLINK_ROUTE, -1) < 0 || nl_open(&theirs, NETLINK_ROUTE, z->netns) < 0)
		return -1;
	int turn = netlock_host(h);
	if (turn < 0)
		return -1;
	int r = each(&w, NIC_NONE, nic_set, before, nics);
	fd_close(&turn);
	return r < 0 ? -1 : each(&w, NIC_USER, nic_user_serve, before, nics);
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
	cleanup_fd int turn = netlock_zone(h, want->id);
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
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
	cleanup_fd int netns = nics_namespace(proc, want->pid, monitor);
	struct nics_zone z = {.id = want->id,
	    .netns = netns,
	    .vm = want->vm == 1,
	    .which = want->which,
	    .taps = want->taps,
	    .pasta = {.join = &join, .pid = want->pid, .monitor = monitor}};
	if (netns < 0 || nics_set(h, &z, want->before, want->nics) < 0)
		return -1;
	return bridges_remove_unused(h);
}

int nics_remove(const struct helper *h, uint64_t id, uint32_t mask)
{
	static const struct helper_nic none, some = {.kind = NIC_BRIDGE};
	cleanup_nl struct nl ours = {.sock = NULL};
	cleanup_fd int turn = netlock_zone(h, id);
	struct nic_work w = {.host = &ours, .cgroup = h->opt.cgroup, .nic = &none};
	if (turn < 0 || nl_open(&ours, NETLINK_ROUTE, -1) < 0)
		return -1;
	w.before = &some;
	for (unsigned n = 0; n < NICS; n++) {
		work_name(&w, id, n);
		if ((mask >> n & 1) != 0 && nic_forget(&w) < 0)
			return -1;
	}
	return bridges_remove_unused(h);
}
