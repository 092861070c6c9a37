/* The uids of zones and images on the host, and the capabilities of a zone. */
#ifndef WARREN_PROTOCOL_IDS_H
#define WARREN_PROTOCOL_IDS_H

#include <stdint.h>

/* Host uids of a zone: UID_COUNT from its base, of a VM UID_COUNT_VM. Inside they begin at 0. The
 * last is its monitor's own and not mapped, so that a zone can neither signal nor trace its
 * monitor. The helper knows whose they are (kit/uids.h): a request names those that the daemon has
 * from an earlier reply, or base 0. systemd's document UIDS-GIDS leaves this range to nobody. */
#define UID_FIRST UINT32_C(0x70020000)
#define UID_LAST UINT32_C(0x7ffd0000)
/* Host uids of the files of all images, 0..65534 inside. Nobody runs as one of them but importers,
 * each in namespaces of its own; zones see them through a mount that shifts them to the zone's. */
#define UID_IMAGES UINT32_C(0x70010000)
enum { UID_COUNT = 65536, UID_MAPPED = 65535, UID_COUNT_VM = 1024, QEMU_UID = 1000, TPM_UID };

/* The bit of an object's id under which a VM has a second range, of UID_COUNT: whose its guest's
 * files are in its mounts. None of these is QEMU's uid. */
#define UID_GUESTS (UINT64_C(1) << 62)

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
#define PRIVILEGE_SUID (UINT64_C(1) << 62) /* set-uid, set-gid and file capabilities count */
#define PRIVILEGE_USERNS (UINT64_C(1) << 63) /* it may make user namespaces */
#define ZONE_PRIVILEGES (ZONE_CAPS | PRIVILEGE_SUID)

#endif
