/* A child enters the namespaces and writes as their root, with no rights over the host: whatever a
 * path leads to, it can set only what that root may set. What /proc/sys shows below net, and of
 * System V IPC and message queues, depends on the namespaces of the process that opens it, not on
 * the mount. */
#include "mount-helper/build/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/build/kernelfs.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/userns.h"
#include "mount-helper/net/nicset.h"

/* In memory that parent and child map. */
struct shared {
	struct err err; /* code 0: done */
	bool through;
	struct helper_sysctl list[SYSCTLS];
};

struct place {
	int sys; /* /proc/sys */
	int user, net, ipc; /* namespaces; net and ipc -1: new ones */
};

/* ---- in the child ---- */

static int zone_enter(const struct place *p)
{
	if (setns(p->user, CLONE_NEWUSER) < 0)
		return err_sys("enter the zone");
	if (p->net < 0 ? unshare(CLONE_NEWNET | CLONE_NEWIPC) < 0
		       : setns(p->net, CLONE_NEWNET) < 0 || setns(p->ipc, CLONE_NEWIPC) < 0)
		return err_sys("enter the zone's namespaces");
	return setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0 ? err_sys("become the zone's root")
								: 0;
}

/* New namespaces have no eth0; lo has the same settings. */
static void trial_name(const char *key, char path[SYSCTL_KEY])
{
	snprintf(path, SYSCTL_KEY, "%s", key);
	char *nic = strstr(path, "/eth");
	if (nic != NULL && nic[4] >= '0' && nic[4] < '0' + NICS && nic[5] == '/')
		snprintf(nic, SYSCTL_KEY - (size_t)(nic - path), "/lo%s",
		    key + (nic - path) + sizeof("/eth0") - 1);
}

/* As it was written. */
static const char *dotted(const char *key, char to[SYSCTL_KEY])
{
	snprintf(to, SYSCTL_KEY, "%s", key);
	for (char *p = to; *p != '\0'; p++)
		*p = (char)(*p == '/' ? '.' : *p == '.' ? '/' : *p);
	return to;
}

static int sysctl_refuse(const struct place *p, const struct helper_sysctl *s)
{
	char key[SYSCTL_KEY];
	int why = errno;
	dotted(s->key, key);
	if (why == ENOENT && p->net >= 0)
		return err_set(
		    EINVAL, "%s is not in the zone: set its NIC, or leave the line out", key);
	if (why == ENOENT || why == EISDIR)
		return err_set(EINVAL,
		    "%s is no setting that a zone has for itself: see /proc/sys in one", key);
	if (why == EACCES || why == EPERM)
		return err_set(EOPNOTSUPP,
		    "%s is for the host's root alone on this kernel: leave it out", key);
	return err_set(why == ERANGE ? ERANGE : EINVAL, "%s does not take \"%s\": %s", key,
	    s->value, strerror(why));
}

static int sysctl_set(const struct place *p, struct helper_sysctl *s)
{
	char path[SYSCTL_KEY];
	if (p->net < 0)
		trial_name(s->key, path);
	else
		memcpy(path, s->key, sizeof(path));
	bool reads = s->value[0] == '\0';
	cleanup_fd int fd = sys_openat2(p->sys, path, (reads ? O_RDONLY : O_WRONLY) | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0)
		return sysctl_refuse(p, s);
	ssize_t n = reads ? read(fd, s->value, sizeof(s->value) - 1)
			  : write(fd, s->value, strlen(s->value));
	return n < 0 ? sysctl_refuse(p, s) : 0;
}

static _Noreturn void child(const struct place *p, struct shared *m)
{
	int r = zone_enter(p);
	for (int i = 0; r == 0 && i < SYSCTLS && m->list[i].key[0] != '\0'; i++)
		r = sysctl_set(p, &m->list[i]);
	if (r < 0)
		err_copy(&m->err);
	m->through = true;
	_exit(0);
}

/* ---- outside ---- */

static int child_run(const struct place *p, struct shared *m)
{
	m->err.code = 0;
	m->through = false;
	pid_t pid = fork();
	if (pid == 0)
		child(p, m);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return err_sys("make a process");
	if (!m->through)
		return err_set(EIO, "the process that sets them died");
	if (m->err.code == 0)
		return 0;
	err_restore(&m->err);
	return err_wrap("sysctls");
}

static int ipc_open(int proc, pid_t pid)
{
	char path[40];
	snprintf(path, sizeof(path), "%d/ns/ipc", (int)pid);
	int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys("open the zone's IPC namespace") : fd;
}

static int write_in(int proc, int sys, pid_t pid, uid_t monitor, struct shared *m)
{
	cleanup_fd int net = nics_namespace(proc, pid, monitor);
	cleanup_fd int user = net < 0 ? -1 : ioctl(net, NS_GET_USERNS);
	cleanup_fd int ipc = user < 0 ? -1 : ipc_open(proc, pid);
	if (ipc < 0)
		return net < 0 || user >= 0 ? -1 : err_sys("open the zone's user namespace");
	struct place p = {sys, user, net, ipc};
	return child_run(&p, m);
}

static int try_all(int sys, uid_t root, struct shared *m)
{
	cleanup_fd int user = userns_make(0, root);
	struct place p = {sys, user, -1, -1};
	return user < 0 ? -1 : child_run(&p, m);
}

static struct shared *shared_make(const struct helper_sysctl list[SYSCTLS])
{
	struct shared *m =
	    mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED) {
		err_sys("no memory");
		return NULL;
	}
	memcpy(m->list, list, sizeof(m->list));
	return m;
}

bool sysctls_has(const struct helper_sysctl list[SYSCTLS], const char *key)
{
	for (int i = 0; i < SYSCTLS; i++)
		if (strcmp(list[i].key, key) == 0)
			return true;
	return false;
}

int sysctls_write(int proc, pid_t pid, uid_t monitor, const struct helper_sysctl list[SYSCTLS])
{
	struct shared *m = shared_make(list);
	cleanup_fd int sys = openat(proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m == NULL || sys < 0)
		return m == NULL ? -1 : err_sys("open /proc/sys");
	int r = write_in(proc, sys, pid, monitor, m);
	munmap(m, sizeof(*m));
	return r;
}

/* Add what a zone's boot sets to other values than a new namespace has (kernelfs.c). */
static void defaults_fill(const struct helper_sysctls_set *want, struct helper_sysctl *s)
{
	bool ping = (want->privileges & CAP_BIT(CAP_NET_RAW)) != 0;
	if (s->value[0] != '\0')
		return;
	if (strcmp(s->key, "kernel/shmall") == 0)
		snprintf(s->value, sizeof(s->value), "%" PRIu64,
		    rootfs_tmpfs_bytes(want->memory) / 4096);
	else if (strcmp(s->key, "net/ipv4/ping_group_range") == 0 && ping)
		snprintf(s->value, sizeof(s->value), KERNELFS_PING);
}

int sysctls_set(const struct helper_sysctls_set *want)
{
	struct shared *m = shared_make(want->list); /* of a worker, as all here */
	uid_t monitor = uids_monitor(&want->uids);
	uid_t root = want->uids.base != 0 ? want->uids.base : UID_IMAGES;
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int sys = proc < 0 ? -1 : openat(proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (m == NULL || sys < 0)
		return m == NULL ? -1 : err_sys("open /proc/sys");
	for (int i = 0; i < SYSCTLS; i++)
		defaults_fill(want, &m->list[i]);
	if (try_all(sys, root, m) < 0)
		return -1;
	if (want->pid == 0)
		return 0;
	/* who may look at the zone's processes */
	if (setresuid((uid_t)-1, monitor, (uid_t)-1) < 0)
		return err_sys("take the monitor's uid");
	return write_in(proc, sys, want->pid, monitor, m);
}
