/* Importing. Archives are made by strangers, and so are file systems, so that no part of this
 * program looks into them. Two children do, both with warren-import as their program, in a jail, in
 * network, pid, ipc and uts namespaces of their own, under the filter of zones:
 *
 *	the unpacker	user 0 of a user namespace that has the ids of images; all that it can write
 *			is STATE/images/ID.new. It gets the file to import as a descriptor.
 *	the packer	only where a directory is imported. It is the user who asked for it, without
 *			any capability (root's reads what it likes), sees that directory alone,
 *			read-only, and sends what is in it to the unpacker.
 *
 * ID.new becomes ID when the unpacker has done all and it is on disk. Whoever holds the lock of
 * ID.new is at work in it.
 *
 * The worker does not ask the file system of the directory that is imported: it passes the
 * descriptor on, and knows from its flags that it is a directory. A user's FUSE refuses even root,
 * and one that does not answer keeps even a killed process. So nobody waits longer than two seconds
 * for an importer's end, and an importer holds no lock that others need. */
#include "mount-helper/image/import.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/wire.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/image/jail.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/seccomp.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/userns.h"
#include "protocol/import.h"

enum { BESIDE = GROUP_NAME + 8, PATIENCE_MS = 2000 };
enum { INERT = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* What it takes to give files their owners, modes and attributes, and to enter a chroot first. */
static const uint64_t unpacker_caps = CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |
				      CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) |
				      CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SYS_CHROOT);

struct import {
	const struct helper *h;
	const struct helper_image_import *want;
	char name[GROUP_NAME], beside[BESIDE];
	int images;
	int from; /* what is imported */
	int to; /* ID.new */
	int report; /* the daemon's */
	int told, tells; /* the unpacker's reports: our end, its end */
	int packed, packs; /* from packer to unpacker, where there is one */
	int asks, answers; /* a byte each: the unpacker wants its ids, and has them */
	gid_t gid; /* the packer's */
	pid_t unpacker, packer; /* 0: none */
};

/* ---- the directories ---- */

static void names_make(uint64_t id, char name[GROUP_NAME], char beside[BESIDE])
{
	group_name(id, name);
	snprintf(beside, BESIDE, "%s.new", name);
}

static int dir_open(int images, const char *name)
{
	return sys_openat2(images, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

bool import_is_none(int images, uint64_t id)
{
	char name[GROUP_NAME], beside[BESIDE];
	names_make(id, name, beside);
	return faccessat(images, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT &&
	       faccessat(images, beside, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

int import_remove(int images, uint64_t id)
{
	char name[GROUP_NAME], beside[BESIDE];
	names_make(id, name, beside);
	cleanup_fd int at = dir_open(images, beside);
	if (at >= 0 && flock(at, LOCK_EX) < 0)
		return err_sys("wait for an import's end");
	return remove_all(images, beside) < 0 || remove_all(images, name) < 0
		   ? err_wrap("the image's files")
		   : 0;
}

static int dir_make(struct import *m)
{
	if (import_remove(m->images, m->want->id) < 0)
		return -1;
	if (mkdirat(m->images, m->beside, 0700) < 0)
		return err_sys("make the image's directory");
	m->to = dir_open(m->images, m->beside);
	/* the mode and owner that an archive without an entry for its root means */
	if (m->to < 0 || fchmod(m->to, 0755) < 0 || fchown(m->to, UID_IMAGES, UID_IMAGES) < 0 ||
	    flock(m->to, LOCK_EX | LOCK_NB) < 0)
		return err_sys("make the image's directory");
	return 0;
}

/* ---- the children ---- */

static _Noreturn void child_fail(const struct import *m)
{
	struct import_report r = {.kind = IMPORT_FAILED};
	err_copy(&r.err);
	wire_send(m->tells, &r, sizeof(r), NULL, 0);
	_exit(1);
}

static int program_exec(const struct import *m, char *role, int fd, int source)
{
	static char name[] = "warren-import";
	char *argv[] = {name, role, NULL}, *env[] = {NULL};
	int fds[] = {-1, -1, -1, fd, source};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(JAIL_OWN) < 0)
		return err_sys("enter the directory");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys("ask to end with the import");
	if (filter_enter(ZONE_CAPS) < 0)
		return -1;
	return inherit_exec(fds, NELEM(fds), m->h->programs.import, argv, env);
}

static _Noreturn void packer_run(const struct import *m)
{
	static char role[] = "pack";
	const uid_t uid = m->want->from.author.uid;
	close(m->to); /* where it hangs, the lock is not held */
	if (jail_enter(m->h, m->from, INERT | MOUNT_ATTR_RDONLY) < 0)
		child_fail(m);
	if (setresgid(m->gid, m->gid, m->gid) < 0 || setresuid(uid, uid, uid) < 0 ||
	    prctl(PR_SET_SECUREBITS, 0) < 0) {
		err_sys("become user %u", uid);
		child_fail(m);
	}
	if (caps_keep(uid == 0 ? CAP_BIT(CAP_DAC_OVERRIDE) : 0) == 0)
		program_exec(m, role, m->packs, -1);
	child_fail(m);
}

static int ids_become(const struct import *m)
{
	char byte = 'i';
	if (unshare(CLONE_NEWUSER) < 0)
		return err_sys("make a user namespace");
	if (write(m->asks, &byte, 1) != 1 || read(m->answers, &byte, 1) != 1)
		return err_set(EIO, "the import was given up");
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys("become the image's user");
	return caps_keep(unpacker_caps);
}

static _Noreturn void unpacker_run(const struct import *m)
{
	static char file[] = "file", dir[] = "dir";
	bool packed = m->packed >= 0;
	if (jail_enter(m->h, m->to, INERT) == 0 && ids_become(m) == 0)
		program_exec(m, packed ? dir : file, m->tells, packed ? m->packed : m->from);
	child_fail(m);
}

static pid_t child_spawn(const struct import *m, void (*run)(const struct import *))
{
	struct sys_clone a = {.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
	    .exit_signal = SIGCHLD};
	pid_t pid = userns_clone(&a);
	if (pid == 0)
		run(m);
	return pid < 0 ? (pid_t)err_sys("start the importer") : pid;
}

static int packer_start(struct import *m)
{
	if (hostfile_groups(&m->want->from.author, &m->gid) < 0)
		return -1;
	pid_t pid = child_spawn(m, packer_run);
	m->packer = pid > 0 ? pid : 0;
	return pid < 0 || setgroups(0, NULL) < 0 ? err_wrap("read the directory") : 0;
}

/* The unpacker's ids are written by us, as it has no right to them. */
static int unpacker_start(struct import *m)
{
	int ask[2], answer[2];
	if (pipe2(ask, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		return err_sys("pipe");
	m->asks = ask[1];
	m->answers = answer[0];
	pid_t pid = child_spawn(m, unpacker_run);
	m->unpacker = pid > 0 ? pid : 0;
	close(m->asks);
	char byte;
	cleanup_fd int asked = ask[0], answers = answer[1];
	if (pid < 0)
		return -1;
	if (read(asked, &byte, 1) != 1)
		return 0; /* its report tells why */
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int userns = proc < 0 ? -1 : userns_map(proc, pid, 0, UID_IMAGES, UID_MAPPED);
	if (userns < 0)
		return -1;
	return write(answers, "g", 1) == 1 ? 0 : err_sys("let the importer go on");
}

static int pair_make(int *a, int *b)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	*a = ends[0];
	*b = ends[1];
	return 0;
}

/* Only its user may ask the file system, which may never answer. */
static int begin(struct import *m)
{
	m->from = hostfile_open(&m->want->from);
	if (m->from < 0 || dir_make(m) < 0 || pair_make(&m->told, &m->tells) < 0)
		return -1;
	if (hostfile_is_dir(m->from) &&
	    (pair_make(&m->packed, &m->packs) < 0 || packer_start(m) < 0))
		return -1;
	return unpacker_start(m);
}

/* ---- until its end ---- */

/* Forget all else: this process may live long, and must hold up neither mount nor locks. */
static int helper_leave(struct import *m)
{
	int fds[] = {m->images, m->to, m->report, m->told}, keep = -1;
	if (inherit_fds(fds, NELEM(fds), &keep) < 0)
		return -1;
	m->images = 0;
	m->to = 1;
	m->report = 2;
	m->told = 3;
	prctl(PR_SET_NAME, "warren-importer");
	return sys_close_range(NELEM(fds), 0) < 0 ? err_sys("close descriptors") : 0;
}

/* Take one report and hand it on. False: it was the last, or there will be none. */
static bool pass_on(struct import *m, struct import_report *last)
{
	struct import_report r;
	struct pollfd p[] = {{.fd = m->told, .events = POLLIN}, {.fd = m->report}};
	if (poll(p, NELEM(p), -1) < 0)
		return errno == EINTR;
	if (p[1].revents != 0) /* the daemon has gone, or gives it up */
		return false;
	if (wire_recv(m->told, &r, sizeof(r), NULL, 0, NULL) != (ssize_t)sizeof(r) ||
	    r.kind >= IMPORT_KINDS)
		return false;
	if (r.kind == IMPORT_GOES_ON)
		return wire_send(m->report, &r, sizeof(r), NULL, 0) == 0;
	*last = r;
	return false;
}

/* One that reads from a file system which never answers ends with that file system only. It will
 * not run again; what it does at this moment is soon over. */
static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	cleanup_fd int held = sys_pidfd_open(pid);
	struct pollfd p = {.fd = held, .events = POLLIN};
	kill(pid, SIGKILL);
	while (held >= 0 && poll(&p, 1, PATIENCE_MS) < 0 && errno == EINTR)
		;
	waitpid(pid, NULL, WNOHANG);
}

static int image_commit(const struct import *m)
{
	if (syncfs(m->to) < 0)
		return err_sys("write the image to disk");
	if (renameat(m->images, m->beside, m->images, m->name) < 0 || fsync(m->images) < 0)
		return err_sys("put the image in its place");
	return 0;
}

static void import_undo(const struct import *m)
{
	struct err why;
	err_copy(&why);
	end(m->unpacker);
	end(m->packer);
	remove_all(m->images, m->beside);
	err_restore(&why);
}

static _Noreturn void see_to(struct import *m)
{
	struct import_report last = {.kind = IMPORT_FAILED, .err = {EIO, "the importer died"}};
	while (pass_on(m, &last))
		;
	end(m->packer);
	end(m->unpacker);
	m->packer = m->unpacker = 0;
	if (last.kind == IMPORT_DONE && image_commit(m) < 0) {
		last.kind = IMPORT_FAILED;
		err_copy(&last.err);
	}
	if (last.kind == IMPORT_FAILED)
		import_undo(m);
	wire_send(m->report, &last, sizeof(last), NULL, 0);
	_exit(0);
}

int import(const struct helper *h, const struct helper_image_import *want, int report,
    struct requester *requester)
{
	struct import m = {.h = h,
	    .want = want,
	    .images = h->dirs.images,
	    .from = -1,
	    .to = -1,
	    .report = report,
	    .told = -1,
	    .tells = -1,
	    .packed = -1,
	    .packs = -1};
	struct helper_reply reply = {.seq = want->head.seq};
	names_make(want->id, m.name, m.beside);
	if (begin(&m) < 0) {
		import_undo(&m);
		return -1;
	}
	requester_answer(requester, &reply, -1);
	fd_close(&requester->end);
	if (helper_leave(&m) == 0)
		see_to(&m);
	import_undo(&m);
	_exit(1);
}
