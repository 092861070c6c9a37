/* Process 1 of a zone, until it executes the zone's init. Any failure here is reported to the
 * worker as a struct err. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/boot.h"
#include "mount-helper/build/process1.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/build/kernelfs.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/build/lxcfs.h"
#include "mount-helper/build/qemucalls.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/seccomp.h"
#include "mount-helper/kit/sys.h"
#include "protocol/start.h"

static int loopback_up(void)
{
	cleanup_fd int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	return s < 0 || ioctl(s, SIOCSIFFLAGS, &r) < 0 ? err_sys("bring up lo") : 0;
}

/* The groups first: what follows is charged to the zone, and they begin the cgroup namespace. */
static int namespaces_make(const struct boot *b)
{
	if (group_enter(&b->join, 0) < 0)
		return -1;
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) < 0)
		return err_sys("make the zone's namespaces");
	if (sethostname(b->want->hostname, strlen(b->want->hostname)) < 0)
		return err_sys("set the host name");
	return loopback_up();
}

static int copies_make(const struct boot *b)
{
	static const char *const names[] = {"kernel", "initrd"};
	for (size_t i = 0; i < NELEM(names); i++)
		if (b->copy_to[i] >= 0 &&
		    hostfile_copy(b->copy_from[i], b->copy_to[i], names[i]) < 0)
			return -1;
	return 0;
}

/* "/" is the new root already. Copy its mount namespace: the copy belongs to the zone's user
 * namespace, so that every mount in it is locked. The zone can neither remove one nor make it
 * writable. */
static int root_enter(void)
{
	return unshare(CLONE_NEWNS) < 0 || chdir("/") < 0 ? err_sys("make a mount namespace") : 0;
}

static int user_become(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_sys("become user %u of the zone", (unsigned)uid);
	return 0;
}

static int console_open(int fds[3])
{
	int fd = open("/dev/console", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_sys("open /dev/console");
	fds[0] = fds[1] = fds[2] = fd;
	return 0;
}

/* QEMU's; a zone's init has its own in its orders. With a core of 0 bytes the program that
 * core_pattern names is given one all the same (core(5)); 1 is the kernel's word for none
 * (fs/coredump.c). VFIO counts the guest's memory, all of which it pins, as locked; the group's
 * limit of memory bounds that, too. */
static void limits_set(const struct boot *b)
{
	rlim_t locked = b->npci > 0 ? RLIM_INFINITY : 8 << 20;
	const struct {
		__rlimit_resource_t what;
		rlim_t soft, hard;
	} limits[] = {{RLIMIT_NOFILE, 524288, 524288}, {RLIMIT_STACK, 8 << 20, RLIM_INFINITY},
	    {RLIMIT_MEMLOCK, locked, RLIM_INFINITY}, {RLIMIT_CORE, 1, 1}, {RLIMIT_NICE, 0, 0},
	    {RLIMIT_RTPRIO, 0, 0}};
	for (size_t i = 0; b->vm != NULL && i < NELEM(limits); i++) {
		struct rlimit r;
		if (getrlimit(limits[i].what, &r) < 0)
			continue;
		if (limits[i].hard < r.rlim_max)
			r.rlim_max = limits[i].hard;
		r.rlim_cur = limits[i].soft < r.rlim_max ? limits[i].soft : r.rlim_max;
		setrlimit(limits[i].what, &r);
	}
}

/* Reset again: the worker had other values while it worked. */
static void inherited_reset(void)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
}

/* The kernel takes a filter from who can gain no rights any more, or has sys_admin still. */
static int zone_limit(const struct boot *b)
{
	uint64_t may = b->want->privileges;
	if (boot_nosuid(b) == 0)
		return filter_enter(may) < 0 || caps_limit(may) < 0 ? -1 : 0;
	return caps_keep(may) < 0 || filter_enter(may) < 0 ? -1 : 0;
}

static int qemu_limit(void)
{
	return caps_keep(0) < 0 || qemucalls_confine() < 0 ? -1 : 0;
}

/* From here on only set-uid programs of the zone give any rights. */
int process1_confine(const struct boot *b)
{
	if ((b->vm != NULL ? qemu_limit() : zone_limit(b)) < 0)
		return -1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys("ask to end with the monitor");
	/* the monitor may have ended before that */
	struct pollfd reader = {.fd = b->err_out};
	if (poll(&reader, 1, 0) > 0)
		_exit(1);
	return 0;
}

static void release_await(const struct boot *b)
{
	char go;
	if (read(b->go_in, &go, 1) != 1) /* the worker failed, and reports why */
		_exit(1);
}

/* Wait while the worker attaches the host mounts in this mount namespace. */
static int hostmounts_await(const struct boot *b)
{
	static const struct err ready;
	if (b->want->hostmounts == 0)
		return 0;
	if (write(b->err_out, &ready, sizeof(ready)) != (ssize_t)sizeof(ready))
		return err_sys("ask for its mounts");
	release_await(b);
	return 0;
}

static int init_exec(const struct boot *b, int *fds, int n)
{
	static char name[] = "init";
	char *argv[] = {name, NULL}, *env[] = {NULL};
	limits_set(b);
	inherited_reset();
	return process1_confine(b) < 0 ? -1 : inherit_exec(fds, n, b->h->programs.init, argv, env);
}

static int zone_run(struct boot *b)
{
	int fds[] = {-1, -1, -1, b->err_out, b->orders};
	if (root_enter() < 0 || kernelfs_mount(b->want->privileges, b->want->sysctls) < 0 ||
	    lxcfs_attach(b) < 0 || hostmounts_await(b) < 0 || user_become(0) < 0 ||
	    kernelfs_segments_bound(rootfs_tmpfs_bytes(b->want->memory)) < 0 ||
	    console_open(fds) < 0)
		return -1;
	return init_exec(b, fds, (int)NELEM(fds));
}

static int vm_run(struct boot *b)
{
	int fds[ZONE_FD_MDATA + 1] = {b->null, b->messages[1], b->messages[1], b->err_out,
	    b->orders, b->console[1], b->qmp[1], b->agent[1], [ZONE_FD_MDATA] = b->mdata[1]};
	for (int i = 0; i < VM_FDS; i++)
		fds[ZONE_FD_FILES + i] = i < b->nfiles ? b->files[i] : -1;
	for (int i = 0; i < NICS; i++)
		fds[ZONE_FD_NICS + i] = b->taps[i];
	if (root_enter() < 0 || user_become(QEMU_UID) < 0 || vmfiles_headers(b) < 0 ||
	    vmfiles_grow(b) < 0)
		return -1;
	return init_exec(b, fds, (int)NELEM(fds));
}

/* Tell the worker that the network namespace is there for the interfaces. */
static int namespaces_report(const struct boot *b)
{
	static const struct err none;
	return fd_write_all(b->err_out, &none, sizeof(none)) < 0 ? err_sys("tell the worker") : 0;
}

static int process1_build(struct boot *b)
{
	/* leave the session keyring of the user who mounted */
	if (syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, NULL) < 0 && errno != ENOSYS)
		return err_sys("make a session keyring");
	if (setsid() < 0)
		return err_sys("begin a session");
	if (namespaces_make(b) < 0 || (b->wired && namespaces_report(b) < 0) || copies_make(b) < 0)
		return -1;
	release_await(b);
	return b->vm != NULL ? vm_run(b) : zone_run(b);
}

void process1(struct boot *b)
{
	fd_close(&b->err_in);
	fd_close(&b->go_out);
	process1_build(b);
	struct err e;
	err_copy(&e);
	(void)!write(b->err_out, &e, sizeof(e));
	_exit(1);
}
