/* virtiofsd: one for each of a VM's mounts. It does on the host what the guest asks for, so it is
 * in a jail: a root with /usr and that one directory, no network, and a user namespace in which its
 * root is nobody of the host's, and has what files need. Owners are those of a zone's mounts
 * (hostmount/owner.c), with a range of uids that has none of QEMU's in it.
 *
 * It is no process of the zone, which is QEMU alone. It is in the VM's groups: what it uses is the
 * VM's, and none is left when these are gone. It ends when QEMU closes its socket. */
#include "mount-helper/build/vmmount.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "mount-helper/build/virtiofsd.h"
#include "mount-helper/hostmount/owner.h"
#include "mount-helper/image/jail.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/uids.h"
#include "mount-helper/kit/userns.h"

/* Files of any owner within the user namespace, as the guest's own root has them. With sys_chroot
 * and setpcap it enters the directory and gives up both. */
#define SERVING                                                                                    \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_FOWNER) |                    \
	    CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_MKNOD) | \
	    CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_SETPCAP))

/* What a mount is served with. Owned. */
struct server {
	int program;
	int userns; /* of its owners */
	int mnt; /* the directory */
	int listener, alive; /* its end of the socket; the pipe that closes with it */
};

static void server_close(struct server *s)
{
	fd_close(&s->program);
	fd_close(&s->userns);
	fd_close(&s->mnt);
	fd_close(&s->listener);
	fd_close(&s->alive);
}

/* ---- the directory ---- */

static int uids_of_guest(const struct helper *h, uint64_t id, struct helper_uids *u)
{
	*u = (struct helper_uids){0, UID_COUNT};
	return uids_get(&h->dirs.uids, id | UID_GUESTS, u);
}

/* userns -1: only see whether it exists. Returns the mount; -1: why not */
static int directory_open(const struct helper_vm_file *f, uid_t base, int userns)
{
	char path[256];
	struct helper_hostmount *want = xcalloc(1, sizeof(*want));
	want->source = f->file;
	struct hostmount s = {.want = want, .mnt = -1};
	int r = hostmount_open(&s, base, userns);
	if (r == 0 && s.file)
		r = err_set(EINVAL, "%s is a file: give the directory that it is in",
		    word_quote(f->file.path, path, sizeof(path)));
	if (r == 0 && userns >= 0 && f->file.use == USE_MOUNT_OWN)
		r = hostmount_own(&s, base);
	if (r < 0)
		fd_close(&s.mnt);
	free(want);
	return s.mnt;
}

int vmmount_look(const struct helper *h, uint64_t id, const struct helper_vm_file *f)
{
	struct helper_uids u;
	cleanup_fd int program = virtiofsd_open();
	if (program < 0 || uids_of_guest(h, id, &u) < 0)
		return -1;
	cleanup_fd int mnt = directory_open(f, u.base, -1);
	return mnt < 0 ? -1 : 0;
}

/* ---- the socket ---- */

/* virtiofsd takes a listening socket only, and the first who connects: that is QEMU's end, made
 * here. The kernel gives a name that only the caller's network knows. */
static int socket_make(int *listener, int *client)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t n = sizeof(a.sun_family);
	*listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*listener < 0 || bind(*listener, (struct sockaddr *)&a, n) < 0 ||
	    listen(*listener, 1) < 0)
		return err_sys("make a socket for virtiofsd");
	n = sizeof(a);
	if (getsockname(*listener, (struct sockaddr *)&a, &n) < 0)
		return err_sys("make a socket for virtiofsd");
	*client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*client < 0 || connect(*client, (struct sockaddr *)&a, n) < 0)
		return err_sys("connect to virtiofsd's socket");
	return 0;
}

/* In a network where nobody is. */
static int socket_make_alone(const struct helper *h, int *listener, int *client)
{
	cleanup_fd int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (ours < 0 || setns(h->offline, CLONE_NEWNET) < 0)
		return err_sys("leave the network");
	int r = socket_make(listener, client);
	return setns(ours, CLONE_NEWNET) < 0 ? err_sys("go back to the network") : r;
}

/* ---- the process ---- */

/* A file that the guest knows is a descriptor of virtiofsd's, so it has as many as root may. */
static int limits_set(void)
{
	const struct rlimit none = {0, 0};
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -1;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ? -1 : 0;
}

/* The user namespace's root, whose capabilities count in it alone. */
static int root_become(int userns)
{
	return setns(userns, CLONE_NEWUSER) < 0 || setgroups(0, NULL) < 0 ||
		       setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0
		   ? -1
		   : caps_keep(SERVING);
}

static _Noreturn void server_exec(const struct vmmount_for *v, const struct server *s)
{
	sigset_t signals;
	sigemptyset(&signals);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	if (group_enter(v->join, 1) == 0 && setns(v->h->offline, CLONE_NEWNET) == 0 &&
	    (v->h->oom >= 0 || fd_write_at(AT_FDCWD, "/proc/self/oom_score_adj", "0") == 0) &&
	    jail_enter_mount(v->h, s->mnt) == 0 && limits_set() == 0 && root_become(s->userns) == 0)
		virtiofsd_exec(s->program, v->null, s->listener, s->alive);
	_exit(1);
}

/* A child of the helper, which waits for all its children: this process becomes the monitor, which
 * does not, or ends. */
static int server_start(const struct vmmount_for *v, struct server *s, int *ended)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("pipe");
	*ended = ends[0];
	s->alive = ends[1];
	long pid = sys_clone3(&(struct sys_clone){
	    .flags = CLONE_PARENT | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS});
	if (pid == 0)
		server_exec(v, s);
	return pid < 0 ? err_sys("start virtiofsd") : 0;
}

int vmmount_open(const struct vmmount_for *v, const struct helper_vm_file *f, int *to, int *ended)
{
	struct helper_uids u;
	struct server s = {-1, -1, -1, -1, -1};
	int r = -1;
	if ((s.program = virtiofsd_open()) >= 0 && uids_of_guest(v->h, v->id, &u) == 0 &&
	    (s.userns = userns_make(0, u.base)) >= 0 &&
	    (s.mnt = directory_open(f, u.base, s.userns)) >= 0 &&
	    socket_make_alone(v->h, &s.listener, to) == 0)
		r = server_start(v, &s, ended);
	server_close(&s);
	return r;
}
