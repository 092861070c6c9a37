/* The parts are those that Docker masks and seals (its documentation names them under
 * "systempaths", runc's as maskedPaths and readonlyPaths). Most belong to uid 0 of the host, which
 * no zone has: they are refused twice. A zone without sys_admin can't undo any of it: the kernel
 * and the filter refuse mounting. One with sys_admin could, and gains nothing by it, because of the
 * owners.
 *
 * The kernel lets a less privileged user namespace mount a /proc or /sys only if it sees a whole
 * one already (its mount_too_revealing). For process 1 that is the template's: the worker has
 * attached it where ours will be mounted over it (rootfs.c). A user namespace that is made in the
 * zone does not see the template's, and all mounts are locked in its copy: so it sees no whole one,
 * and our masks hold there, too. */
#include "mount-helper/build/kernelfs.h"
#include "mount-helper/build/sysctl.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/cgroup/hier.h"
#include "protocol/ids.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

#define NAMESPACES_MAX "1024"

static const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

static const char *const masked[] = {
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts", /* when keys are pressed */
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap", /* the processor's power tells what it computes */
    "/sys/firmware",
};

static const char *const sealed[] = {
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
};

enum part { ABSENT, FILE_PART, DIR_PART };
static enum part masked_is[NELEM(masked)], sealed_is[NELEM(sealed)];

static enum part part_probe(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return ABSENT;
	return S_ISDIR(st.st_mode) ? DIR_PART : FILE_PART;
}

void kernelfs_probe(void)
{
	for (size_t i = 0; i < NELEM(masked); i++)
		masked_is[i] = part_probe(masked[i]);
	for (size_t i = 0; i < NELEM(sealed); i++)
		sealed_is[i] = part_probe(sealed[i]);
}

/* Hide a file behind /dev/null, a directory behind an empty one. */
static int part_mask(const char *path, enum part is, int empty)
{
	if (is == FILE_PART && sys_mount("/dev/null", path, NULL, MS_BIND, NULL) < 0)
		return err_sys("mask %s", path);
	if (is != DIR_PART)
		return 0;
	cleanup_fd int mnt = mount_clone(empty, "");
	if (mnt < 0)
		return err_sys("mask %s", path);
	return mount_set(mnt, MOUNT_ATTR_RDONLY, -1) < 0 ? -1 : mount_attach(mnt, AT_FDCWD, path);
}

static int part_seal(const char *path)
{
	if (sys_mount(path, path, NULL, MS_BIND, NULL) < 0 ||
	    sys_mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | plain, NULL) < 0)
		return err_sys("make %s read-only", path);
	return 0;
}

/* Make /proc/sys read-only. The settings of its own network stay writable if the zone may configure
 * it. */
static int seal_all(uint64_t caps)
{
	bool net = (caps >> CAP_NET_ADMIN & 1) != 0;
	cleanup_fd int open_part = net ? mount_clone(AT_FDCWD, "/proc/sys/net") : -1;
	for (size_t i = 0; i < NELEM(sealed); i++)
		if (sealed_is[i] != ABSENT && part_seal(sealed[i]) < 0)
			return -1;
	return open_part >= 0 ? mount_attach(open_part, AT_FDCWD, "/proc/sys/net") : 0;
}

/* Bound the namespaces of each user of the zone, and of all below it together (namespaces(7),
 * "/proc/sys/user"). Their memory is bounded by memory.max as well. */
static int namespaces_bound(uint64_t may)
{
	static const char *const kinds[] = {
	    "user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
	char path[64];
	if ((may & (CAP_BIT(CAP_SYS_ADMIN) | PRIVILEGE_USERNS)) == 0)
		return 0;
	for (size_t i = 0; i < NELEM(kinds); i++) {
		snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", kinds[i]);
		if (fd_write_at(AT_FDCWD, path, NAMESPACES_MAX) < 0 && err_code() != ENOENT)
			return -1;
	}
	return 0;
}

/* Let its users ping (icmp(7)), as systemd sets it on a host; in a zone systemd finds it sealed.
 * 65534 is the highest group of every zone.
 *
 * net.ipv4.ip_unprivileged_port_start is not opened, though Docker sets it, too: any user of the
 * zone could take the port of its sshd. A service gets its port by setcap, or by
 * AmbientCapabilities= of its unit. */
static int ping_open(uint64_t may)
{
	if ((may & CAP_BIT(CAP_NET_RAW)) == 0)
		return 0;
	int r = fd_write_at(AT_FDCWD, "/proc/sys/net/ipv4/ping_group_range", KERNELFS_PING);
	return r < 0 && err_code() != ENOENT ? -1 : 0;
}

static int segments = -1; /* owned: shmall, opened before /proc/sys was sealed */

/* Before Linux 5.19 only the host's root can set it. */
int kernelfs_segments_bound(uint64_t bytes)
{
	char path[32], pages[24];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", segments);
	snprintf(pages, sizeof(pages), "%" PRIu64, bytes / 4096);
	int r = segments >= 0 ? fd_write_at(AT_FDCWD, path, pages) : 0;
	fd_close(&segments);
	return r < 0 && err_code() != EACCES && err_code() != EPERM ? -1 : 0;
}

int kernelfs_mount(uint64_t may, const struct helper_sysctl sysctls[SYSCTLS])
{
	if (sys_mount("proc", "/proc", "proc", plain, NULL) < 0)
		return err_sys("mount /proc");
	if (sys_mount("sysfs", "/sys", "sysfs", plain | MS_RDONLY, NULL) < 0)
		return err_sys("mount /sys");
	/* an empty directory that the kernel provides for mounting */
	cleanup_fd int empty = open("/sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (empty < 0)
		return err_sys("open /sys/fs/cgroup");
	for (size_t i = 0; i < NELEM(masked); i++)
		if (part_mask(masked[i], masked_is[i], empty) < 0)
			return -1;
	/* in our cgroup namespace: our own group is its top */
	if (hier_is_v2() && sys_mount("cgroup2", "/sys/fs/cgroup", "cgroup2", plain, NULL) < 0)
		return err_sys("mount /sys/fs/cgroup");
	if (!sysctls_has(sysctls, "kernel/shmall"))
		segments = open("/proc/sys/kernel/shmall", O_PATH | O_CLOEXEC);
	if (!sysctls_has(sysctls, "net/ipv4/ping_group_range") && ping_open(may) < 0)
		return -1;
	return namespaces_bound(may) < 0 ? -1 : seal_all(may);
}
