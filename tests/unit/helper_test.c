/* What the privileged helper does as root: it deletes, opens, and builds a zone by its table of
 * operations. This test is in the daemon's place. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/ring.h"
#include "base/wire.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/cgroup/hier.h"
#include "mount-helper/kit/hostfile.h"
#include "mount-helper/ops.h"
#include "mount-helper/build/private.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/build/rootfs.h"
#include "mount-helper/build/template.h"
#include "tests/unit/helper.h"
#include "tests/unit/suite.h"
#include "protocol/orders.h"

static char scratch[64];

static void scratch_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/warren-helper.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
	ck_assert_int_eq(chdir(scratch), 0);
}

static void scratch_remove(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(remove_all(tmp, strrchr(scratch, '/') + 1), 0);
	close(tmp);
}

/* ---- deleting what a zone left ---- */

static void hostile_tree(void)
{
	ck_assert_int_eq(mkdir("7", 0700), 0);
	ck_assert_int_eq(mkdir("keep", 0700), 0);
	ck_assert_int_eq(mkdir("keep/me", 0700), 0);
	ck_assert_int_eq(symlink("../keep", "7/link"), 0);
	ck_assert_int_eq(symlink("/nowhere", "7/dangling"), 0);
	ck_assert_int_eq(mkfifo("7/fifo", 0), 0);
	ck_assert_int_eq(mkdir("7/.gone-0", 0), 0);
	ck_assert_int_eq(mkdir("7/sticky", 01777), 0);
	ck_assert_int_eq(chown("7/sticky", BASE, BASE), 0);
	ck_assert_int_eq(mknod("7/sticky/file", S_IFREG, 0), 0);
	ck_assert_int_eq(symlink("../../keep", "7/sticky/link"), 0);
	int at = open("7", O_RDONLY | O_DIRECTORY);
	for (int i = 0; i < 3000; i++) { /* deeper than a path is long, or descriptors are many */
		ck_assert_int_eq(mkdirat(at, "d", 0700), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
		close(at);
		at = next;
	}
	close(at);
}

START_TEST(anything_is_deleted_and_nothing_else)
{
	hostile_tree();
	ck_assert_msg(remove_all(AT_FDCWD, "7") == 0, "%s", err_text());
	ck_assert_int_eq(access("7", F_OK), -1);
	ck_assert_int_eq(access("keep/me", F_OK), 0);
	ck_assert_int_eq(remove_all(AT_FDCWD, "7"), 0); /* a second time */
	ck_assert_int_eq(symlink("keep", "8"), 0);
	ck_assert_int_eq(remove_all(AT_FDCWD, "8"), -1);
	ck_assert_int_eq(access("keep/me", F_OK), 0);
}
END_TEST

START_TEST(private_files_stay_with_their_uids)
{
	int fd = private_open(AT_FDCWD, "7", BASE);
	ck_assert_msg(fd >= 0, "%s", err_text());
	struct stat st;
	ck_assert_int_eq(fstatat(fd, "etc/passwd", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, BASE);
	close(fd);
	ck_assert_int_ge(fd = private_open(AT_FDCWD, "7", BASE), 0);
	close(fd);
	ck_assert_int_eq(private_open(AT_FDCWD, "7", BASE + UID_COUNT), -1);
	ck_assert_int_eq(remove_all(AT_FDCWD, "7"), 0);
}
END_TEST

/* ---- a user's files ---- */

static int open_as(uid_t uid, uint32_t use, const char *path)
{
	static struct helper_file f;
	f = (struct helper_file){.use = use, .author = {.uid = uid, .gid = uid}};
	snprintf(f.path, sizeof(f.path), "%s", path);
	int fd = hostfile_open(&f);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

START_TEST(paths_are_opened_as_their_user)
{
	char path[128];
	ck_assert_int_eq(prctl(PR_SET_SECUREBITS, 4 /* SECBIT_NO_SETUID_FIXUP */), 0);
	ck_assert_int_eq(chmod(".", 0755), 0);
	snprintf(path, sizeof(path), "%s/mine", scratch);
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(open_as(0, USE_DISK_WRITE, path), 0);
	ck_assert_int_eq(open_as(1234, USE_DISK_READ, path), -1);
	ck_assert_int_eq(err_code(), EACCES);
	ck_assert_ptr_nonnull(strstr(err_text(), path));
	ck_assert_int_eq(chown(path, 1234, 1234), 0);
	ck_assert_int_eq(open_as(1234, USE_DISK_WRITE, path), 0);
	ck_assert_int_eq(open_as(0, USE_KERNEL, scratch), -1);
	ck_assert_int_eq(open_as(0, USE_KERNEL, "/dev/null"), -1);
	ck_assert_int_eq(open_as(0, USE_DISK_READ, "/dev/null"), -1);
	ck_assert_int_eq(open_as(0, USE_DISK_READ, "mine"), -1);
	ck_assert_int_eq(open_as(0, USE_DISK_READ, "/proc/self/exe"), -1); /* a magic link */
	ck_assert_uint_eq(geteuid(), 0);
	ck_assert_int_eq(access(path, W_OK), 0); /* and root is root again */
}
END_TEST

/* ---- a zone ---- */

static struct helper h;
static int sock, theirs;

static int program(const char *name)
{
	char path[PATH_MAX + 64];
	ck_assert_ptr_nonnull(getenv("WARREN_BUILD"));
	snprintf(path, sizeof(path), "%s/%s", getenv("WARREN_BUILD"), name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "open %s", path);
	return fd;
}

static void helper_make(void)
{
	static char group[64];
	snprintf(group, sizeof(group), "warrentest-%d", (int)getpid());
	h.opt.cgroup = group;
	ck_assert_msg(dirs_open(&h.dirs, "state", "run", "/nowhere") == 0, "%s", err_text());
	h.programs = (struct programs){-1, program("warren-monitor"), program("warren-init"), -1};
	h.host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	h.template = template_make();
	ck_assert_msg(h.template >= 0, "%s", err_text());
	h.nowhere = nowhere_make(&h.offline);
	ck_assert_msg(h.nowhere >= 0, "%s", err_text());
	rootfs_probe();
	ck_assert_msg(
	    hier_open(group, h.dirs.uid, h.dirs.gid, &h.dirs.uids) == 0, "%s", err_text());
	ck_assert_msg(caps_of_helper() == 0, "%s", err_text());
	int ends[2];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	sock = ends[0];
	theirs = ends[1];
}

static struct helper_reply ask(const void *msg, size_t size, const int *fds, int nfds)
{
	struct helper_reply r;
	struct worker worker = {-1, 0};
	ck_assert_int_eq(wire_send(sock, msg, size, fds, nfds), 0);
	enum ops_result result = ops_receive(&h, theirs, &worker);
	ck_assert_msg(result == OPS_DONE || result == OPS_WORKER, "result %d", (int)result);
	ck_assert_int_eq(wire_recv(sock, &r, sizeof(r), NULL, 0, NULL), sizeof(r));
	fd_close(&worker.end);
	return r;
}

static struct helper_reply ask_clean(void)
{
	struct helper_zone_clean c = {.head = {HELPER_ZONE_CLEAN, 1}, .id = ID};
	return ask(&c, sizeof(c), NULL, 0);
}

static struct helper_reply ask_id(uint32_t op)
{
	struct helper_group_make g = {{op, 1}, ID};
	return ask(&g, sizeof(g), NULL, 0);
}

static struct helper_reply zone_start(const char *command)
{
	char text[1024];
	struct orders o = {ORDERS_MAGIC, 3, 0, 0};
	int n =
	    snprintf(text + sizeof(o), sizeof(text) - sizeof(o), "/bin/sh%c-c%c%s", 0, 0, command);
	o.size = (uint32_t)n + 1;
	memcpy(text, &o, sizeof(o));
	struct ring log;
	int fds[3] = {
	    memory_file("", 0), memory_file(text, sizeof(o) + o.size), memory_file("", 0)};
	ck_assert_int_eq(ring_make(&log, dup(fds[0]), 4096, 0), 0);
	struct helper_zone_start z = fine_zone();
	z.uids.base = 0; /* the host's table is one for all: any that are free */
	struct helper_reply r = ask(&z, sizeof(z), fds, 3);
	ring_close(&log);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	return r;
}

/* What a zone tells of itself, in its own /var. */
static const char look[] =
    "exec 2>/dev/null; cd /proc/1/fd; echo * >/var/seen;"
    "mkdir /usr/w && echo usr >>/var/seen; mkdir /w && echo root >>/var/seen;"
    "umount /usr && echo umount >>/var/seen;"
    "mount -o remount,rw /usr && echo remount >>/var/seen;"
    "ls -d /boot && echo host >>/var/seen;"
    "{ touch /etc/w /tmp/w /run/w /dev/w /root/w && id -u; } >>/var/seen;"
    "unshare -Ur true && echo nested >>/var/seen; mv /var/seen /var/done; exec sleep 100";

static void seen_is(const char *want)
{
	struct buf b = {0};
	for (int i = 0; i < 2000 && access("state/roots/7/var/done", F_OK) < 0; i++)
		usleep(5000);
	ck_assert_int_eq(fd_read_at(AT_FDCWD, "state/roots/7/var/done", &b), 0);
	ck_assert_str_eq(buf_text(&b), want);
	buf_finish(&b);
}

START_TEST(zone_is_built_and_nothing_is_left)
{
	helper_make();
	ck_assert_int_eq(zone_start("sleep 100").err.code, ENOENT); /* no groups yet */
	ck_assert_int_eq(ask_id(HELPER_GROUP_MAKE).err.code, 0);
	struct helper_reply r = zone_start(look);
	ck_assert_msg(r.err.code == 0, "%s", r.err.text);
	ck_assert_int_gt(r.pid, 0);
	ck_assert_int_eq(access("run/monitors/7", F_OK), 0);
	seen_is("0 1 2 3\n0\nnested\n"); /* 3: the shell lists them with it */
	ck_assert_int_eq(ask_id(HELPER_GROUP_MAKE).err.code, EEXIST);
	ck_assert_int_eq(kill(r.pid, 0), 0);
	ck_assert_int_eq(ask_clean().err.code, 0);
	ck_assert_int_eq(access("run/monitors/7", F_OK), -1);
	ck_assert_int_eq(ask_clean().err.code, 0);
	ck_assert_int_eq(ask_id(HELPER_ROOT_REMOVE).err.code, 0);
	ck_assert_int_eq(access("state/roots/7", F_OK), -1);
	hier_close(h.opt.cgroup);
}
END_TEST

START_TEST(failure_inside_is_told)
{
	helper_make();
	ck_assert_int_eq(ask_id(HELPER_GROUP_MAKE).err.code, 0);
	struct orders bad = {0};
	int fds[3] = {memory_file("", 0), memory_file(&bad, sizeof(bad)), memory_file("", 0)};
	struct helper_zone_start z = fine_zone();
	z.uids.base = 0; /* the host's table is one for all: any that are free */
	struct helper_reply r = ask(&z, sizeof(z), fds, 3);
	ck_assert_int_ne(r.err.code, 0);
	ck_assert_int_ne(r.err.text[0], '\0');
	ck_assert_int_eq(access("run/monitors/7", F_OK), -1);
	for (int i = 1; i < 3; i++) { /* no way to a directory of the host's */
		int plain = fds[i];
		fds[i] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = ask(&z, sizeof(z), fds, 3);
		ck_assert_int_eq(r.err.code, EINVAL);
		close(fds[i]);
		fds[i] = plain;
	}
	ck_assert_int_eq(ask_clean().err.code, 0);
	hier_close(h.opt.cgroup);
}
END_TEST

static void suites_fill(Suite *s)
{
	if (geteuid() != 0) {
		printf("SKIP deleting, opening and building: these need root\n");
		return;
	}
	TCase *t = tcase_create("root");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, scratch_make, scratch_remove);
	tcase_add_test(t, anything_is_deleted_and_nothing_else);
	tcase_add_test(t, private_files_stay_with_their_uids);
	tcase_add_test(t, paths_are_opened_as_their_user);
	tcase_add_test(t, zone_is_built_and_nothing_is_left);
	tcase_add_test(t, failure_inside_is_told);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("helper");
	suites_fill(s);
	return suite_run(s);
}
