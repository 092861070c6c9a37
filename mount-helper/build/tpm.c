/* swtpm keeps what the TPM has, its keys among it, in STATE/roots/ID.layers/0/tpm.
 *
 * swtpm reads what the guest sends, so it is in a jail: a root with /usr and that directory alone,
 * no network, a uid of the VM's that is not QEMU's. It is in the VM's groups: what it uses is the
 * VM's, and none is left when these are gone. */
#include "mount-helper/build/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/image/jail.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/sys.h"

#define SWTPM "/usr/bin/swtpm"

enum { INERT = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static int program_open(void)
{
	int fd = open(SWTPM, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(EOPNOTSUPP,
			    "there is no " SWTPM ": install it (swtpm), or set tpm to off")
		      : fd;
}

int tpm_look(void)
{
	cleanup_fd int program = program_open();
	return program < 0 ? -1 : 0;
}

/* ---- what it keeps ---- */

/* The STATE may come from another host. What lies there is swtpm's work: only a file with no other
 * name is given away, and nothing is followed. */
static int file_give(int dir, const char *name, uid_t uid)
{
	struct stat st;
	cleanup_fd int fd = sys_openat2(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys("open %s", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(EIO, "%s is no file, or has a second name", name);
	return fchown(fd, uid, uid) < 0 ? err_sys("give it %s", name) : 0;
}

static int state_open(const struct boot *b, uid_t uid)
{
	static const char *const files[] = {"tpm2-00.permall", "tpm2-00.volatilestate", ".lock"};
	cleanup_fd int own = layer_dir(b->h->dirs.roots, b->name, 0);
	if (own < 0 || (mkdirat(own, "tpm", 0700) < 0 && errno != EEXIST))
		return err_sys("make what it keeps");
	cleanup_fd int dir = sys_openat2(
	    own, "tpm", O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (dir < 0 || fchown(dir, uid, uid) < 0)
		return err_sys("open what it keeps");
	for (size_t i = 0; i < NELEM(files); i++)
		if (file_give(dir, files[i], uid) < 0)
			return -1;
	return fd_move(&dir);
}

/* ---- the process ---- */

/* It ends as soon as nobody has the other end of its control channel open. */
static _Noreturn void swtpm_exec(
    const struct boot *b, int program, int state, const int ends[2], uid_t uid)
{
	static char name[] = "swtpm", socket_word[] = "socket", tpm2[] = "--tpm2",
		    tpmstate[] = "--tpmstate", dir[] = "dir=" JAIL_OWN ",mode=0600",
		    ctrl[] = "--ctrl", fd[] = "type=unixio,clientfd=3";
	char *argv[] = {name, socket_word, tpm2, tpmstate, dir, ctrl, fd, NULL}, *env[] = {NULL};
	const struct rlimit none = {0, 0};
	sigset_t signals;
	int fds[] = {b->null, b->null, b->null, ends[0], ends[1]};
	sigemptyset(&signals);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	umask(077);
	if (group_enter(&b->join, 1) == 0 && setns(b->h->offline, CLONE_NEWNET) == 0 &&
	    (b->h->oom >= 0 || fd_write_at(AT_FDCWD, "/proc/self/oom_score_adj", "0") == 0) &&
	    jail_enter(b->h, state, INERT) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
	    caps_become(uid, uid) == 0)
		inherit_exec(fds, NELEM(fds), program, argv, env);
	_exit(1);
}

/* A child of the helper, which waits for all its children: this process becomes the monitor, which
 * does not. */
int tpm_open(struct boot *b, int *control)
{
	int ends[2], alive[2];
	uid_t uid = b->root_uid + TPM_UID;
	cleanup_fd int program = program_open();
	cleanup_fd int state = program < 0 ? -1 : state_open(b, uid);
	if (state < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	*control = ends[0];
	cleanup_fd int its = ends[1];
	if (pipe2(alive, O_CLOEXEC) < 0)
		return err_sys("pipe");
	b->servers[SERVER_TPM] = alive[0];
	cleanup_fd int ended = alive[1];
	long pid = sys_clone3(&(struct sys_clone){
	    .flags = CLONE_PARENT | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS});
	if (pid == 0) {
		close(ends[0]);
		swtpm_exec(b, program, state, (const int[]){its, ended}, uid);
	}
	return pid < 0 ? err_sys("start swtpm") : 0;
}
