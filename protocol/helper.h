/* What the daemon may ask of the privileged helper. One packet is one request: a struct of fixed
 * size, with the descriptors that its row in mount-helper/ops.c names. The helper answers every
 * request with one helper_reply that carries the same seq; requests that take time are answered out
 * of order. A packet of any other form ends the connection.
 *
 * Directories the two share:
 *   STATE/objects STATE/logs   the daemon's     STATE/roots/ID   the zones' private files, the
 * helper's STATE/images/ID  the images, the helper's RUN/daemon                 the daemon's
 * RUN/monitors/ID  the monitors' sockets
 */
#ifndef WARREN_PROTOCOL_HELPER_H
#define WARREN_PROTOCOL_HELPER_H

#include <limits.h>
#include <stdint.h>

#include "base/author.h"
#include "base/err.h"
#include "base/seal.h"

/* Descriptors the daemon is started with. argv: warren --daemon CGROUP LOGLEVEL fg|bg fresh|again
 */
enum {
	DAEMON_FD_HELPER = 3, /* SEQPACKET: requests and replies */
	DAEMON_FD_FUSE = 4, /* /dev/fuse of the mount */
	DAEMON_FD_HANDOVER = 5, /* memory file that outlives the daemon (fs/handover.h) */
	DAEMON_FD_STATE = 6, /* directory STATE */
	DAEMON_FD_RUN = 7, /* directory RUN */
};

/* How the daemon ends: the helper starts it again on any other status. */
enum { DAEMON_EXIT_UNMOUNTED = 0, DAEMON_EXIT_UNMOUNT = 3, DAEMON_EXIT_CANNOT = 4 };

/* Host uids of a zone: UID_COUNT from its base, of a VM UID_COUNT_VM. Inside they begin at 0; the
 * last is its monitor's own and not mapped, so that a zone can neither signal nor trace its
 * monitor. Whose they are the helper knows (uids.h): a request names those that the daemon has from
 * an earlier reply, or base 0. The range is one that systemd's UIDS-GIDS document leaves to nobody.
 */
#define UID_FIRST UINT32_C(0x70020000)
#define UID_LAST UINT32_C(0x7ffd0000)
/* Host uids of the files of all images, 0..65534 inside. Nobody runs as one of them but importers,
 * each in namespaces of its own; zones see them through a mount that shifts them to the zone's. */
#define UID_IMAGES UINT32_C(0x70010000)
enum { UID_COUNT = 65536, UID_MAPPED = 65535, UID_COUNT_VM = 1024, QEMU_UID = 1000 };

struct helper_uids {
	uint32_t base, count; /* base 0: none are known, any will do */
};

static inline uint32_t uids_monitor(const struct helper_uids *u)
{
	return u->base + u->count - 1;
}

/* The capabilities that a zone holds unless told: those of a container of Docker's (its
 * documentation, "Runtime privilege and Linux capabilities") and sys_boot, which ends its own pid
 * namespace alone. Who uses it includes <linux/capability.h>. */
#define CAP_BIT(c) (UINT64_C(1) << (c))
#define ZONE_CAPS                                                                                  \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FOWNER) |                    \
	    CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_KILL) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) |  \
	    CAP_BIT(CAP_SETPCAP) | CAP_BIT(CAP_NET_BIND_SERVICE) | CAP_BIT(CAP_NET_RAW) |          \
	    CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_AUDIT_WRITE) |              \
	    CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SYS_BOOT))
/* Privileges that are no capabilities, in the same mask: the kernel's numbers end far below. */
#define PRIVILEGE_SUID                                                                             \
	(UINT64_C(1) << 62) /* set-uid, set-gid and file capabilities count in it                  \
			     */
#define PRIVILEGE_USERNS (UINT64_C(1) << 63) /* it may make user namespaces */
#define ZONE_PRIVILEGES (ZONE_CAPS | PRIVILEGE_SUID)

enum helper_op {
	HELPER_READY, /* the tree answers: mount.warren may return */
	HELPER_GROUP_MAKE, /* the control groups PARENT/ID; their limit files become the daemon's */
	HELPER_ZONE_START, /* a zone: fds log, orders, and the list of shares where there are any */
	HELPER_VM_START, /* QEMU in a zone: fds log, orders */
	HELPER_ZONE_CLEAN, /* after its end: kill what is left in its groups, remove them, its
			      socket */
	HELPER_ROOT_REMOVE, /* delete STATE/roots/ID */
	HELPER_IMAGE_IMPORT, /* fill STATE/images/ID; fd: where import_reports go */
	HELPER_IMAGE_REMOVE, /* delete STATE/images/ID, and what an import has left of it */
	HELPER_KVM_OPEN, /* replies with /dev/kvm, for the probe */
	HELPER_SHARES_SET, /* what a zone shows of the host's becomes this list: fds list */
	HELPER_NICS_SET, /* the network interfaces of a running zone become these */
	HELPER_HOST_PROBE, /* refused with what the host lacks */
	HELPER_PATHS_PROVE, /* seals for host paths that are being written: fds list */
	HELPER_UIDS_CLAIM, /* the uids that settings tell of are those zones': fd list */
	HELPER_OPS
};

struct helper_head {
	uint32_t op, seq;
};

struct helper_ready {
	struct helper_head head;
};

/* A list of them is a memory file of nothing else. What the table of uids has already stays; ranges
 * that are another's stay his, which is told when such a zone boots. */
struct helper_claim {
	uint64_t id;
	struct helper_uids uids;
};

enum { CLAIMS_MAX = 1 << 20 };

struct helper_uids_claim {
	struct helper_head head;
	uint32_t count, reserved; /* how many; 0 */
};

struct helper_group_make {
	struct helper_head head;
	uint64_t id;
};

enum { NICS = 8, NIC_ADDRS = 8, NIC_NAME = 16, MAC_BYTES = 6 };
enum { NIC_MTU_LEAST = 68, NIC_MTU_LEAST_V6 = 1280, NIC_MTU_MOST = 65535, NIC_VLANS = 4094 };
enum nic_kind { NIC_NONE, NIC_BRIDGE, NIC_USER };
enum { NIC_ALLOW_ROUTER = 1, NIC_ALLOW_DHCP_SERVER = 2 }; /* bits of helper_nic::allow */

struct helper_addr {
	uint8_t family; /* 4 or 6; 0: none */
	uint8_t prefix; /* 0 for a gateway */
	uint8_t bytes[16]; /* network order; the first 4 where family is 4, then zeros */
};

/* A network interface: eth0 .. eth7 in a zone, a device of QEMU's in a VM, whose guest has its
 * addresses by itself. */
struct helper_nic {
	uint32_t kind; /* enum nic_kind. NIC_NONE: the rest is 0; NIC_USER: but for mac and mtu */
	uint32_t mtu; /* 0: not given */
	uint16_t vlan; /* 0: none */
	uint8_t antispoof; /* 1: only its own MAC and addresses leave it */
	uint8_t naddrs;
	uint8_t mac[MAC_BYTES];
	char bridge[NIC_NAME];
	struct helper_addr addrs[NIC_ADDRS];
	struct helper_addr gateways[2]; /* IPv4, IPv6 */
	uint8_t allow; /* what else may leave it with antispoof */
	uint8_t make; /* 1: a bridge that is not there is made */
};

#define USER_TABLE "warren-user" /* of nftables': mount-helper/net/loopback.h */

/* The host's end of NIC n of zone id: w, three letters that stand for the parent control group (of
 * which no two instances have the same), the id, a dot, n. */
static inline void nic_name(char name[NIC_NAME], const char *cgroup, uint64_t id, unsigned n)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
	char reversed[NIC_NAME], *to = name;
	int len = 0;
	for (; *cgroup != '\0'; cgroup++)
		hash = (hash ^ (uint8_t)*cgroup) * UINT32_C(16777619);
	*to++ = 'w';
	for (int i = 0; i < 3; i++, hash /= 26)
		*to++ = digits[10 + hash % 26];
	do /* ids have 40 bits: eight digits at most */
		reversed[len++] = digits[id % 36];
	while ((id /= 36) > 0 && len < 8);
	while (len > 0)
		*to++ = reversed[--len];
	*to++ = '.';
	*to++ = digits[n % NICS];
	*to = '\0';
}

struct helper_zone_start {
	struct helper_head head;
	uint64_t id;
	uint64_t privileges; /* bit N: capability N stays; PRIVILEGE_ */
	uint64_t image; /* its root, or a VM's disk, is this one; 0: the host's /usr, or none */
	uint64_t memory; /* memory.max in bytes; 0: none */
	struct helper_uids uids;
	uint32_t shares; /* how many; 0 for a VM */
	char hostname[65];
	char pad[3];
	struct helper_nic nics[NICS];
};

/* Interfaces that are not in nics go, others come or change in place. Asked twice it changes
 * nothing. */
struct helper_nics_set {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	int32_t pid; /* process 1 of the zone, on the host */
	uint32_t vm; /* 1: a VM's, whose taps are there and stay */
	struct helper_nic before[NICS]; /* what the daemon asked for last */
	struct helper_nic nics[NICS];
};

enum helper_use {
	USE_KERNEL = 1,
	USE_INITRD,
	USE_DISK_READ,
	USE_DISK_WRITE,
	USE_IMPORT, /* a directory or file */
	USE_SHARE_READ, /* the same */
	USE_SHARE_WRITE,
	USE_DEVICE_READ,
	USE_DEVICE_WRITE,
	USE_DEVICE_BOTH,
	USE_SHARE_OWN, /* writing, and it becomes the zone's root's */
};

static inline int use_is_device(uint32_t use)
{
	return use >= USE_DEVICE_READ && use <= USE_DEVICE_BOTH;
}

enum { HELPER_FILES = 12 };

/* A host path, opened as the user who wrote it. With it goes its seal (HELPER_PATHS_PROVE). */
struct helper_file {
	uint64_t size; /* of a disk for writing, made where it is not there; 0: refused then */
	uint32_t use;
	struct author author;
	char path[PATH_MAX];
};

/* Kernel and initrd become /kernel and /initrd in QEMU's root; disks become its descriptors
 * ZONE_FD_FILES and up, in the order given here, behind the layer over an image and that image. */
struct helper_vm_start {
	struct helper_zone_start zone;
	uint64_t image_size; /* of the disk in the image, as a guest sees it; 0: no image */
	uint32_t kvm; /* 1: it gets a /dev/kvm of its own */
	uint32_t nfiles;
	struct helper_file files[HELPER_FILES];
	struct seal seals[HELPER_FILES];
};

/* Something of the host's that a zone shows. A list is a memory file of them, and then of a seal
 * for each. */
enum { HELPER_SHARES = 128 };

struct helper_share {
	struct helper_file source; /* size 0 */
	char target[PATH_MAX]; /* in the zone: whole, without . and .. */
};

/* Asked twice it changes nothing. The reply's pid: how many wait for the next boot, as the zone's
 * root is read-only where they shall be. */
struct helper_shares_set {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	int32_t pid; /* process 1 of the zone, on the host; 0: it does not run, only see whether
			they are there */
	uint32_t shares; /* how many */
};

/* A list of paths is a memory file of these. author and seal are filled in, as the helper sees
 * them. */
enum { HELPER_PROOFS = HELPER_SHARES + HELPER_FILES };

struct helper_proof {
	struct helper_file file;
	struct seal seal;
};

/* Refused unless the thread sits in a write to the tree that says all of it
 * (mount-helper/proof/look.h). */
struct helper_paths_prove {
	struct helper_head head;
	uint64_t id; /* of the zone or VM */
	int32_t thread; /* who writes; 0: nobody who can be seen */
	uint32_t paths; /* how many */
	uint32_t adopt; /* 1: they were in a state of a version without seals; thread is 0 */
	uint32_t reserved; /* 0 */
};

struct helper_image_import {
	struct helper_head head;
	uint64_t id;
	int32_t thread; /* who writes the command, and waits for its end */
	uint32_t reserved; /* 0 */
	struct helper_file from; /* use: USE_IMPORT; its author is seen by the helper */
};

struct helper_image_remove {
	struct helper_head head;
	uint64_t id;
};

enum import_kind { IMPORT_GOES_ON, IMPORT_DONE, IMPORT_FAILED, IMPORT_KINDS };
enum image_type { IMAGE_NONE, IMAGE_ROOT, IMAGE_DISK, IMAGE_TYPES };
enum disk_format { DISK_RAW, DISK_QCOW2, DISK_FORMATS };

/* How an import stands. The last one is IMPORT_DONE or IMPORT_FAILED; where the socket ends
 * without, the import was cut off. */
struct import_report {
	uint32_t kind, type, format, percent;
	uint64_t bytes; /* unpacked so far */
	uint64_t files;
	uint64_t devices, sockets, attributes; /* left out */
	uint64_t size; /* bytes on disk; known at the end */
	uint64_t disk_size; /* of a disk, as a guest sees it */
	struct err err;
};

struct helper_zone_clean {
	struct helper_head head;
	uint64_t id;
	uint32_t nics; /* bit N: it may have a NIC N */
	uint32_t reserved; /* 0 */
};

struct helper_root_remove {
	struct helper_head head;
	uint64_t id;
};

struct helper_kvm_open {
	struct helper_head head;
};

enum probe { PROBE_NICS, PROBE_IMAGES, PROBES };

struct helper_host_probe {
	struct helper_head head;
	uint32_t probe;
};

struct helper_reply {
	uint32_t seq; /* 0: news: rules of the interface err.text were taken away, or (USER_TABLE)
			 those of all `user` NICs; "": of any */
	int32_t pid; /* of a started zone's init, on the host */
	struct helper_uids uids; /* of a started zone */
	struct err err; /* code 0: done */
};

/* Descriptors that process 1 of a zone is started with, besides 0, 1, 2. */
enum {
	ZONE_FD_ERROR = 3, /* pipe: a struct err if it can't go on; closed when it runs */
	ZONE_FD_ORDERS = 4, /* protocol/orders.h */
	ZONE_FD_CONSOLE = 5, /* a VM's serial line (stream socket) */
	ZONE_FD_QMP = 6, /* a VM's QMP (stream socket) */
	ZONE_FD_FILES = 7, /* a VM's disks from here on */
	ZONE_FD_NICS = ZONE_FD_FILES + HELPER_FILES +
		       2, /* behind an image's two files; a VM's taps: that of NIC N is the Nth */
};

/* Descriptors and words that a monitor is started with: warren-monitor INITPID zone|vm */
enum {
	MONITOR_FD_LISTEN = 3, /* RUN/monitors/ID, listening */
	MONITOR_FD_CONSOLE = 4, /* pty master, or the other end of ZONE_FD_CONSOLE */
	MONITOR_FD_LOG = 5, /* a ring (base/ring.h) that is made already */
	MONITOR_FD_INIT = 6, /* pidfd of process 1, the monitor's child */
	MONITOR_FD_MESSAGES = 7, /* a VM: QEMU's standard error */
	MONITOR_FD_QMP = 8, /* a VM: the other end of ZONE_FD_QMP */
	MONITOR_FD_FILTER = 9, /* a zone: the filter of its system calls, struct sock_filter[] */
	MONITOR_FD_INNER = 10, /* a zone: for its jobs, the way into a control group of its own */
	MONITOR_FD_STATUS = 11, /* a zone: /proc/INITPID/status */
	MONITOR_FD_OOM = 12, /* a zone, if its monitor is shielded: the monitor's oom_score_adj */
	MONITOR_FD_GROUPS = 13, /* from here on, the ways into our groups, where INNER takes none */
	MONITOR_GROUPS = 12, /* at most */
};

#endif
