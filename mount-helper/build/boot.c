#include "mount-helper/build/boot.h"
#include "mount-helper/build/process1.h"
#include "mount-helper/build/metadata.h"
#include "mount-helper/build/overlay.h"
#include "mount-helper/build/private.h"
#include "mount-helper/build/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/confine.h"
#include "base/wire.h"
#include "mount-helper/build/qemufiles.h"
#include "mount-helper/build/vmroot.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/build/lxcfs.h"
#include "mount-helper/net/netlock.h"
#include "mount-helper/net/nicset.h"
#include "mount-helper/net/nictap.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/build/vmfiles.h"
#include "mount-helper/kit/seccomp.h"
#include "mount-helper/build/sysctl.h"
#include "mount-helper/hostmount/plan.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/userns.h"
#include "protocol/start.h"

enum { START_SECONDS = 60, END_MS = 5000 };

static int pair_make(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? err_sys("socketpair")
									    : 0;
}

static int pipe_make(int *in, int *out)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("pipe");
	*in = ends[0];
	*out = ends[1];
	return 0;
}

static int vm_taps(struct boot *b)
{
	for (unsigned i = 0; i < NICS; i++)
		if (b->want->nics[i].kind == NIC_BRIDGE &&
		    (b->taps[i] = nic_tap(b->h, b->want->id, i)) < 0)
			return err_wrap("nic%u", i);
	return 0;
}

static int vm_ends(struct boot *b)
{
	if (vm_taps(b) < 0 || vmfiles_open(b) < 0)
		return -1;
	if (b->vm->kvm == 1 && (b->kvm = open("/dev/kvm", O_PATH | O_CLOEXEC)) < 0)
		return err_sys("open /dev/kvm");
	if (pair_make(b->console) < 0 || pair_make(b->mdata) < 0 || pair_make(b->qmp) < 0 ||
	    pair_make(b->agent) < 0)
		return -1;
	return pipe_make(&b->messages[0], &b->messages[1]);
}

/* A display's socket, for this user alone. QEMU gets it listening, and sees nothing of its
 * directory. */
static int vnc_listen(int dir, const char *name, uid_t owner)
{
	cleanup_fd int s = wire_listen(dir, name, SOCK_STREAM);
	if (s < 0)
		return -1;
	if (fchownat(dir, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("give the display's socket to its owner");
	return fd_move(&s);
}

/* The monitor's socket, for the daemon alone. The worker makes it, because its directory is
 * root's. */
static int listener_make(struct boot *b)
{
	const struct dirs *d = &b->h->dirs;
	mode_t mask = umask(0177);
	setfsgid(d->gid);
	setfsuid(d->uid);
	b->listener = wire_listen(d->monitors, b->name, SOCK_SEQPACKET);
	setfsuid(0);
	setfsgid(0);
	if (b->listener >= 0 && b->vm != NULL && b->vm->vnc == 1)
		b->vnc = vnc_listen(d->vnc, b->name, b->vm->vnc_uid);
	umask(mask);
	return b->listener < 0 || (b->vm != NULL && b->vm->vnc == 1 && b->vnc < 0) ? -1 : 0;
}

/* Open what process 1 needs from its first instruction on. The control groups' files are opened as
 * root, whose right to use them counts later, too. */
static int ends_make(struct boot *b)
{
	if ((b->vm == NULL && group_delegate(b->want->id, b->root_uid) < 0) ||
	    group_join_open(&b->join, b->want->id) < 0 || pipe_make(&b->err_in, &b->err_out) < 0 ||
	    pipe_make(&b->go_in, &b->go_out) < 0)
		return -1;
	if ((b->null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)
		return err_sys("open /dev/null");
	if (b->vm != NULL)
		return vm_ends(b);
	lxcfs_open(b);
	if (stack_open(b) < 0)
		return -1;
	return b->want->image != 0 ? overlay_open(b) : 0;
}

/* Set the effective uid to the monitor's. The zone's user namespace will belong to this uid, so
 * that the monitor can enter and signal the zone without a capability. The worker's own
 * capabilities stay (caps_of_helper): kernels that restrict user namespaces ask for them. */
static int monitor_euid_set(struct boot *b)
{
	uid_t monitor = uids_monitor(&b->uids);
	if (setresgid((gid_t)-1, monitor, (gid_t)-1) < 0 ||
	    setresuid((uid_t)-1, monitor, (uid_t)-1) < 0)
		return err_sys("take the monitor's uid");
	setfsgid(b->root_uid);
	setfsuid(b->root_uid);
	return 0;
}

static int enter_template(struct boot *b)
{
	if (setns(b->h->template, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		return err_sys("make a mount namespace");
	umask(0);
	if (rootfs_begin(b) < 0)
		return -1;
	if (b->vm != NULL)
		return vmroot_files(b);
	return b->image >= 0 ? overlay_mount(b) : rootfs_layers_bind(b);
}

static int process1_start(struct boot *b)
{
	struct sys_clone a = {.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_PIDFD,
	    .pidfd = (uint64_t)(uintptr_t)&b->init,
	    .exit_signal = SIGCHLD};
	if (b->join.init >= 0) {
		a.flags |= 0x200000000ULL; /* CLONE_INTO_CGROUP */
		a.cgroup = (uint64_t)b->join.init;
	}
	b->pid = userns_clone(&a);
	if (b->pid == 0)
		process1(b);
	if (b->pid < 0)
		return err_sys("make the zone's namespaces");
	fd_close(&b->err_out);
	fd_close(&b->go_in);
	return 0;
}

/* Read what process 1 reports next: 1 it has made its namespaces, or waits for host mounts; 0 it
 * runs; -1 why it can't go on. */
static int news_read(struct boot *b)
{
	struct pollfd p = {.fd = b->err_in, .events = POLLIN};
	struct err e;
	int n;
	while ((n = poll(&p, 1, START_SECONDS * 1000)) < 0 && errno == EINTR)
		;
	if (n == 0)
		return err_set(EIO, "process 1 did not start within %d seconds", START_SECONDS);
	ssize_t got = read(b->err_in, &e, sizeof(e));
	if (got == (ssize_t)sizeof(e))
		return e.code == 0 ? 1 : err_restore(&e);
	return got != 0 ? err_sys("hear from process 1") : 0;
}

/* Make the zone's interfaces and set its sysctls, in the namespaces that process 1 has made for
 * them. */
static int nics_make(struct boot *b, int proc)
{
	static const struct helper_nic none[NICS];
	if (!b->wired)
		return 0;
	int said = news_read(b);
	if (said <= 0)
		return said < 0 ? -1 : err_set(EIO, "process 1 is gone");
	cleanup_fd int lock = netlock_zone(b->h, b->want->id);
	uid_t monitor = uids_monitor(&b->uids);
	cleanup_fd int netns = nics_namespace(proc, b->pid, monitor);
	struct nics_zone z = {.id = b->want->id,
	    .netns = netns,
	    .vm = b->vm != NULL,
	    .which = NICS_ALL,
	    .pasta = {.join = &b->join, .pid = b->pid, .monitor = monitor}};
	if (lock < 0 || netns < 0 || nics_set(b->h, &z, none, b->want->nics) < 0)
		return -1;
	return sysctls_write(proc, b->pid, monitor, b->want->sysctls);
}

/* Return to the host's mount namespace and open what the root will bind from it. Process 1 makes
 * its namespaces meanwhile. */
static int host_side_prepare(struct boot *b, int proc, int metadata)
{
	cleanup_fd int ours = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (ours < 0 || setns(b->h->host, CLONE_NEWNS) < 0)
		return err_sys("go back to the host's mounts");
	setfsuid(0);
	setfsgid(0);
	if (listener_make(b) < 0 || (b->vm == NULL && metadata_make(b, metadata) < 0) ||
	    (b->vm != NULL ? qemufiles_open(b) : rootfs_binds_open(b)) < 0)
		return -1;
	if (hostmounts_open(b->hostmounts, b->want->hostmounts, b->root_uid, b->userns) < 0 ||
	    hostmounts_own(b->hostmounts, b->want->hostmounts, b->root_uid) < 0 ||
	    nics_make(b, proc) < 0)
		return -1;
	setfsgid(b->root_uid);
	setfsuid(b->root_uid);
	umask(0);
	return setns(ours, CLONE_NEWNS) < 0 ? err_sys("go back to the zone's mounts") : 0;
}

/* Wait until process 1 runs (it closes its end at exec) or reports why it can't. 1: it waits for
 * its host mounts. One that has ended by now did run: its monitor tells how it ended. */
static int process1_await(struct boot *b)
{
	int said = news_read(b);
	if (said != 0)
		return said;
	/* an init may have ended already, that is fine. One that was killed may never have run,
	 * unless the signal is that of its own reboot(2) */
	siginfo_t end = {0};
	if (waitid(P_PID, (id_t)b->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    end.si_pid != 0 && end.si_code != CLD_EXITED && end.si_status != SIGHUP &&
	    end.si_status != SIGINT)
		return err_set(EIO, "process 1 was killed by signal %d as it began", end.si_status);
	return 0;
}

static int process1_release(struct boot *b)
{
	if (write(b->go_out, "g", 1) == 1)
		return 0;
	return process1_await(b) < 0 ? -1 : err_set(EIO, "process 1 is gone");
}

/* A monitor has an empty root (nowhere). Built with sanitizers it needs libraries, and writes
 * reports. */
static int monitor_mounts_enter(const struct boot *b)
{
	if (setns(CONFINED ? b->h->nowhere : b->h->host, CLONE_NEWNS) < 0 || chdir("/") < 0)
		return err_sys("go to the monitor's mounts");
	return 0;
}

/* Called when process 1 has its own copy of the mount namespace: the mounts from before are locked,
 * so that the zone can't remove them. */
static int hostmounts_attach(struct boot *b, int proc)
{
	char path[64];
	struct hostmount_zone z = {b->h, b->want->id, b->uids, b->userns, -1};
	if (setns(b->h->host, CLONE_NEWNS) < 0)
		return err_sys("go back to the host's mounts");
	snprintf(path, sizeof(path), "%d/ns/mnt", (int)b->pid);
	z.mounts = openat(proc, path, O_RDONLY | O_CLOEXEC);
	int r = z.mounts < 0 ? err_sys("open the zone's mounts")
			     : hostmounts_begin(&z, b->hostmounts, b->want->hostmounts);
	fd_close(&z.mounts);
	return r < 0 || monitor_mounts_enter(b) < 0 || process1_release(b) < 0 ? -1
									       : process1_await(b);
}

/* What shields the helper from the host's OOM killer must not shield the zone. The worker writes
 * it, as the zone's own processes belong to root in /proc while they are not dumpable. */
static int shield_drop(const struct boot *b, int proc)
{
	char path[48];
	snprintf(path, sizeof(path), "%d/oom_score_adj", (int)b->pid);
	return b->h->oom < 0 ? fd_write_at(proc, path, "0") : 0;
}

/* The monitor's root has no /proc: open its files of it here. */
static int proc_files_open(struct boot *b, int proc)
{
	char path[48];
	snprintf(path, sizeof(path), "%d/status", (int)b->pid);
	b->status = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (b->status < 0)
		return err_sys("open the status of process 1");
	if (b->h->oom < 0)
		b->oom = openat(proc, "self/oom_score_adj", O_RDWR | O_CLOEXEC);
	return 0;
}

/* Open what the monitor needs and could not open itself. Process 1 starts meanwhile. */
static int monitor_prepare(struct boot *b, int proc)
{
	if (monitor_mounts_enter(b) < 0)
		return -1;
	umask(022);
	if (b->vm != NULL)
		return 0;
	/* opened as the monitor, but with our rights: for its processes and its zone's groups */
	b->ntasks = group_tasks_open(b->tasks, b->want->id);
	b->inner = group_inner_open(b->want->id);
	if (b->ntasks < 0 || (b->filter = filter_file(b->want->privileges)) < 0)
		return -1;
	return proc_files_open(b, proc);
}

static int zone_build(struct boot *b, int metadata)
{
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_sys("open /proc");
	if (ends_make(b) < 0 || monitor_euid_set(b) < 0 || enter_template(b) < 0 ||
	    process1_start(b) < 0 ||
	    (b->userns = userns_map(proc, b->pid, 0, b->root_uid, b->uids.count - 1)) < 0 ||
	    shield_drop(b, proc) < 0 || host_side_prepare(b, proc, metadata) < 0)
		return -1;
	if ((b->vm != NULL ? vmroot_finish(b) : rootfs_finish(b)) < 0)
		return -1;
	if (process1_release(b) < 0 || monitor_prepare(b, proc) < 0)
		return -1;
	int waits = process1_await(b);
	return waits > 0 ? hostmounts_attach(b, proc) : waits;
}

/* Remove what exists of the zone; the error stays as it is. Process 1 may wait for a user's file
 * system that never answers, and then SIGKILL does not end it either. */
static void boot_undo(struct boot *b)
{
	struct pollfd end = {.fd = b->init, .events = POLLIN};
	if (b->pid > 0) {
		sys_pidfd_kill(b->init, SIGKILL);
		if (poll(&end, 1, END_MS) > 0)
			waitpid(b->pid, NULL, 0);
	}
	if (b->listener >= 0)
		unlinkat(b->h->dirs.monitors, b->name, 0);
	if (b->vnc >= 0)
		unlinkat(b->h->dirs.vnc, b->name, 0);
	hostmounts_forget(b->h->dirs.monitors, b->name);
	for (int i = 0; i < NICS; i++)
		fd_close(&b->taps[i]);
	struct err why;
	err_copy(&why);
	if (b->wired && nics_remove(b->h, b->want->id, NICS_ALL) < 0)
		log_warn("undo a zone's network: %s", err_text());
	err_restore(&why);
}

static int monitor_exec(const struct boot *b)
{
	static char vm[] = "vm", zone[] = "zone", name[] = "warren-monitor";
	char pid[24];
	snprintf(pid, sizeof(pid), "%d", (int)b->pid);
	char *argv[] = {name, pid, b->vm != NULL ? vm : zone, NULL}, *env[] = {NULL};
	int fds[] = {b->null, b->null, b->null, b->listener, b->console[0], b->log, b->init,
	    b->messages[0], b->qmp[0], b->vm != NULL ? b->vnc : b->filter,
	    b->vm != NULL ? b->agent[0] : b->inner, b->status, b->oom,
	    [MONITOR_FD_GROUPS + HIERS - 1] = -1, b->mdata[0], b->metadata};
	_Static_assert((int)MONITOR_GROUPS == (int)HIERS, "groups");
	_Static_assert((int)MONITOR_FD_MDATA == (int)MONITOR_FD_GROUPS + (int)HIERS &&
			   (int)MONITOR_FD_METADATA == (int)MONITOR_FD_MDATA + 1,
	    "metadata");
	for (int i = 0; i < HIERS; i++)
		fds[MONITOR_FD_GROUPS + i] = i < b->ntasks ? b->tasks[i] : -1;
	_Static_assert(
	    (int)MONITOR_FD_SERVERS == (int)MONITOR_FD_GROUPS && (int)VM_SERVERS <= (int)HIERS,
	    "servers are where a zone has groups");
	for (int i = 0; b->vm != NULL && i < VM_SERVERS; i++)
		fds[MONITOR_FD_SERVERS + i] = b->servers[i];
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return inherit_exec(fds, (int)NELEM(fds), b->h->programs.monitor, argv, env);
}

static int list_read(struct boot *b, int fd)
{
	if (b->vm != NULL)
		return vmfiles_read(b->h, b->want->id, fd, b->vm->files, &b->given);
	if (b->want->hostmounts > 0 &&
	    hostmount_list_read(b->h, b->want->id, fd, b->want->hostmounts, &b->list) < 0)
		return -1;
	for (unsigned i = 0; i < b->want->hostmounts; i++)
		b->hostmounts[i] = (struct hostmount){.want = &b->list[i], .mnt = -1};
	return 0;
}

static bool has_files(const struct boot *b)
{
	const int roots = b->h->dirs.roots;
	return private_is_there(roots, b->name) || stack_is_there(roots, b->name);
}

/* Get the zone's uids. An older warren gave each instance the same ranges: a zone that has no files
 * yet gets other ones. A VM's files are given to its uids at each boot (vmdisk.c). */
static int uids_of_zone_get(struct boot *b)
{
	const struct uid_table *t = &b->h->dirs.uids;
	if (uids_get(t, b->want->id, &b->uids) == 0)
		return 0;
	if (err_code() != EPERM || (b->vm == NULL && has_files(b)))
		return -1;
	b->uids = (struct helper_uids){0, b->vm != NULL ? UID_COUNT_VM : UID_COUNT};
	return uids_get(t, b->want->id, &b->uids);
}

/* Nothing is open yet. */
static const struct boot closed = {
    .listener = -1,
    .inner = -1,
    .rootfs = -1,
    .kernelfs = {-1, -1},
    .skeleton = -1,
    .image = -1,
    .layer = -1,
    .own = -1,
    .userns = -1,
    .lxcfs = {-1, -1, -1, -1, -1, -1, -1},
    .err_out = -1,
    .err_in = -1,
    .go_out = -1,
    .go_in = -1,
    .console = {-1, -1},
    .qmp = {-1, -1},
    .agent = {-1, -1},
    .messages = {-1, -1},
    .taps = {-1, -1, -1, -1, -1, -1, -1, -1},
    .servers = {-1, -1, -1, -1, -1, -1, -1, -1, -1},
    .null = -1,
    .filter = -1,
    .status = -1,
    .oom = -1,
    .vnc = -1,
    .kvm = -1,
    .metadata = -1,
    .mdata = {-1, -1},
    .copy_from = {-1, -1},
    .copy_to = {-1, -1},
    .init = -1,
};

/* The worker becomes the monitor. Returns only on failure. */
static void monitor_become(const struct boot *b)
{
	uid_t monitor = uids_monitor(&b->uids);
	bool sealed = boot_nosuid(b) != 0;
	if (CONFINED && setns(b->h->offline, CLONE_NEWNET) < 0)
		return;
	if ((sealed ? caps_become : caps_become_unsealed)(monitor, monitor) == 0)
		monitor_exec(b);
}

int boot(const struct helper *h, const struct helper_zone_start *want,
    const struct helper_vm_start *vm, const int fds[4], const struct requester *requester)
{
	struct boot b = closed;
	b.h = h;
	b.want = want;
	b.vm = vm;
	b.uids = want->uids;
	b.log = fds[0];
	b.orders = fds[1];
	b.wired = nics_any(want->nics) || want->sysctls[0].key[0] != '\0';
	group_name(want->id, b.name);
	if (uids_of_zone_get(&b) < 0)
		return -1;
	b.root_uid = b.uids.base;
	if (list_read(&b, fds[2]) < 0 || zone_build(&b, fds[3]) < 0) {
		boot_undo(&b);
		return -1;
	}
	struct helper_reply reply = {.seq = want->head.seq, .pid = (int32_t)b.pid, .uids = b.uids};
	/* if the daemon has died meanwhile the next one finds the monitor by its socket */
	requester_answer(requester, &reply, -1);
	monitor_become(&b);
	boot_undo(&b);
	_exit(1);
}
