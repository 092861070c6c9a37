/* mount.warren: mounts the tree and does the few things that need privilege, for the daemon that it
 * starts. This folder is all of warren that runs with privilege. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/daemon.h"
#include "mount-helper/fusemount.h"
#include "mount-helper/goingdown.h"
#include "mount-helper/kit/helper.h"
#include "mount-helper/cgroup/hier.h"
#include "mount-helper/keeper.h"
#include "mount-helper/fdstore.h"
#include "mount-helper/build/kernelfs.h"
#include "mount-helper/cgroup/owngroup.h"
#include "protocol/ids.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/proof/seal.h"
#include "mount-helper/kit/inherited.h"
#include "mount-helper/kit/seccomp.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/build/template.h"
#include "mount-helper/unit.h"

enum { EXIT_USAGE = 1, EXIT_MOUNT = 32 }; /* mount(8) */

/* Drop all that the caller may have left us: descriptors, environment, signals, limits. */
static void inheritance_drop(int kept)
{
	sys_close_range((unsigned)(3 + kept), 0);
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR);
	inherited_reset();
}

static int oom_score(void)
{
	struct buf b = {0};
	int score =
	    fd_read_at(AT_FDCWD, "/proc/self/oom_score_adj", &b) == 0 ? atoi(buf_text(&b)) : 0;
	buf_finish(&b);
	return score;
}

/* Everything but the mount. */
static int helper_prepare(struct helper *h)
{
	if (dirs_open(&h->dirs, h->opt.state, h->opt.run, h->opt.mountpoint) < 0)
		return -1;
	h->taken = fdstore_is_ours(h);
	if (!h->taken && fusemount_check(h->opt.mountpoint) < 0)
		return -1;
	dirs_sign(&h->dirs, h->opt.mountpoint);
	if (programs_open(&h->programs) < 0 || seal_begin(h) < 0)
		return -1;
	h->host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (h->host < 0)
		return err_sys("open /proc/self/ns/mnt");
	if (!h->taken)
		h->handover = daemon_handover_make();
	h->template = h->handover < 0 ? -1 : template_make();
	h->nowhere = h->template <0 ? -1 : nowhere_make(&h->offline);
	h->oom = oom_score();
	rootfs_probe();
	kernelfs_probe();
	if (h->nowhere < 0 || filter_prepare(ZONE_CAPS) < 0)
		return -1;
	if (hier_open(h->opt.cgroup, h->dirs.uid, h->dirs.gid, &h->dirs.uids) < 0)
		return -1;
	owngroup_open(h->opt.cgroup, h->service);
	return 0;
}

static int helper_serve(struct helper *h, int *report)
{
	if (helper_prepare(h) < 0)
		return -1;
	if (chdir("/") < 0)
		return err_sys("chdir /");
	if (!h->taken)
		h->fuse =
		    fusemount_make(h->opt.source, h->opt.mountpoint, h->opt.flags, &h->device);
	if (h->fuse < 0)
		return -1;
	h->kept = h->taken || fdstore_store(h);
	unit_want();
	if (!h->opt.foreground) /* not before the mount: autofs lets only its own process group
				 * through to the mount point */
		setsid();
	if (prctl(PR_SET_DUMPABLE, CONFINED ? 0 : 1) < 0 || caps_of_helper() < 0) {
		fusemount_remove(h->opt.mountpoint, h->fuse);
		return -1;
	}
	int r = keeper_run(h, report);
	owngroup_close(!dirs_have_zones(&h->dirs));
	hier_close(h->opt.cgroup);
	return r;
}

static void stdio_drop(void)
{
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* In the background: the helper of this mount, whose parent waits for its report. */
static void helper_background(struct helper *h, int report)
{
	stdio_drop();
	if (helper_serve(h, &report) == 0)
		_exit(0);
	struct err e;
	err_copy(&e);
	e.code = err_code();
	(void)!write(report, &e, sizeof(e));
	_exit(EXIT_MOUNT);
}

static int helper_foreground(struct helper *h)
{
	int nobody = -1;
	if (helper_serve(h, &nobody) == 0)
		return 0;
	fprintf(stderr, "mount.warren: %s\n", err_text());
	return EXIT_MOUNT;
}

static int helper_launch(struct helper *h)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("pipe");
	cleanup_fd int in = ends[0], out = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return err_sys("fork");
	if (pid == 0) {
		fd_close(&in);
		helper_background(h, out);
	}
	fd_close(&out);
	struct err e;
	ssize_t n;
	while ((n = read(in, &e, sizeof(e))) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(e))
		return err_set(EIO, "the helper died before the tree answered");
	return e.code != 0 ? err_restore(&e) : 0;
}

int main(int argc, char **argv)
{
	static struct helper h = {.fuse = -1,
	    .handover = -1,
	    .host = -1,
	    .template = -1,
	    .nowhere = -1,
	    .offline = -1,
	    .programs = {-1, -1, -1, -1}};
	int kept = fdstore_count();
	inheritance_drop(kept);
	fdstore_receive(&h, kept);
	if (argc == 2 && strcmp(argv[1], "--shutdown") == 0 && geteuid() == 0) {
		goingdown();
		return 0;
	}
	if (options_parse(&h.opt, argc, argv) < 0) {
		fprintf(stderr, "mount.warren: %s\n", err_text());
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		fprintf(
		    stderr, "mount.warren: only root can mount: run it as root, or with sudo\n");
		return EXIT_USAGE;
	}
	h.service = owngroup_is_service();
	log_open("mount.warren", h.opt.foreground);
	log_set_level(h.opt.level);
	if (h.opt.foreground)
		return helper_foreground(&h);
	if (helper_launch(&h) == 0)
		return 0;
	fprintf(stderr, "mount.warren: %s\n", err_text());
	return EXIT_MOUNT;
}
