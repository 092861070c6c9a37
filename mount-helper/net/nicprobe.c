#include "mount-helper/net/nicprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/net/antispoof.h"
#include "mount-helper/net/bridge.h"
#include "mount-helper/net/iface.h"
#include "mount-helper/net/loopback.h"
#include "mount-helper/net/pasta.h"

static const uint8_t mac[MAC_BYTES] = {2, 0, 0, 0, 0, 1};

static bool has_veth(struct nl *nl)
{
	cleanup_fd int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return here >= 0 && iface_pair(nl, "a", here, "b", mac) == 0;
}

static bool has_bridges(struct nl *nl)
{
	static const struct bridge_names names = {"probe", "born"};
	return bridge_make(nl, "bridge", &names, mac) == 0;
}

static bool has_vlans(struct nl *nl)
{
	struct iface bridge;
	return iface_find(nl, "bridge", &bridge) == 0 && bridge.index != 0 &&
	       bridge_filter_vlans(nl, bridge.index) == 0;
}

static bool has_antispoof(struct nl *nl)
{
	static const struct helper_nic nic = {.kind = NIC_BRIDGE};
	(void)nl;
	return antispoof_set("lo", &nic) == 0;
}

static bool has_owners(struct nl *nl)
{
	(void)nl;
	return loopback_close("lo") == 0;
}

static bool has_tun(struct nl *nl)
{
	(void)nl;
	return access("/dev/net/tun", F_OK) == 0;
}

static bool has_pasta(struct nl *nl)
{
	(void)nl;
	return pasta_look() == 0;
}

static const struct {
	const char *what;
	bool (*is_there)(struct nl *nl);
} parts[] = {
    {"veth (NICs of zones)", has_veth},
    {"bridges", has_bridges},
    {"VLAN filtering (vlan=)", has_vlans},
    {"nftables at ingress (antispoof=on)", has_antispoof},
    {"nftables that know a socket's owner (user)", has_owners},
    {"/dev/net/tun (NICs of VMs, user)", has_tun},
    {"pasta (user)", has_pasta},
};

int nics_probe(void)
{
	struct buf missing = {0};
	cleanup_nl struct nl nl = {.sock = NULL};
	if (unshare(CLONE_NEWNET) < 0)
		return err_sys("make a network namespace");
	if (nl_open(&nl, NETLINK_ROUTE, -1) < 0)
		return -1;
	for (size_t i = 0; i < NELEM(parts); i++)
		if (!parts[i].is_there(&nl))
			buf_printf(
			    &missing, "%s%s", missing.len == 0 ? "no " : ", no ", parts[i].what);
	if (missing.len == 0)
		return 0;
	err_set(EOPNOTSUPP, "%s", buf_text(&missing));
	buf_finish(&missing);
	return -1;
}
