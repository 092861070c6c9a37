/* The privileged helper's parts: what it refuses, what it deletes, and a zone built by its table of
 * operations with this test in the daemon's place. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ring.h"
#include "base/wire.h"
#include "mount-helper/caps.h"
#include "mount-helper/hier.h"
#include "mount-helper/hostfile.h"
#include "mount-helper/nic.h"
#include "mount-helper/ops.h"
#include "mount-helper/options.h"
#include "mount-helper/private.h"
#include "mount-helper/protocol.h"
#include "mount-helper/root.h"
#include "mount-helper/share.h"
#include "mount-helper/sys.h"
#include "mount-helper/template.h"
#include "zone/init/orders.h"

enum { ID = 7, BASE = UID_FIRST + 0x7770000 };

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
	ck_assert_int_eq(private_remove(tmp, strrchr(scratch, '/') + 1), 0);
	close(tmp);
}

/* ---- the table refuses ---- */

static int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("helper-test", MFD_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, bytes, n), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static struct helper_zone_start fine_zone(void)
{
	struct helper_zone_start z = {
		.head = {HELPER_ZONE_START, 1}, .id = ID, .caps = UINT64_MAX, .uid_base = BASE};
	snprintf(z.hostname, sizeof(z.hostname), "zone");
	return z;
}

static void id_zero(struct helper_zone_start *z)
{
	z->id = 0;
}
static void id_large(struct helper_zone_start *z)
{
	z->id = UINT64_C(1) << 40;
}
static void base_below(struct helper_zone_start *z)
{
	z->uid_base = UID_FIRST - UID_COUNT;
}
static void base_above(struct helper_zone_start *z)
{
	z->uid_base = UID_LAST + UID_COUNT;
}
static void base_between(struct helper_zone_start *z)
{
	z->uid_base++;
}
static void too_many_shares(struct helper_zone_start *z)
{
	z->shares = HELPER_SHARES + 1;
}
static void hostname_empty(struct helper_zone_start *z)
{
	z->hostname[0] = '\0';
}
static void hostname_slash(struct helper_zone_start *z)
{
	z->hostname[1] = '/';
}
static void hostname_long(struct helper_zone_start *z)
{
	memset(z->hostname, 'a', 64);
}
static void hostname_open(struct helper_zone_start *z)
{
	memset(z->hostname, 'a', sizeof(z->hostname));
}
static void op_unknown(struct helper_zone_start *z)
{
	z->head.op = HELPER_OPS;
}

static void (*const spoilers[])(struct helper_zone_start *) = {id_zero, id_large, base_below,
	base_above, base_between, too_many_shares, hostname_empty, hostname_slash, hostname_long,
	hostname_open, op_unknown};

static enum ops_result offer(const void *msg, size_t size, int nfds)
{
	static const struct helper none;
	int ends[2];
	struct worker worker = {-1, 0};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	int fds[3] = {memory_file("x", 1), memory_file("x", 1), memory_file("x", 1)};
	ck_assert_int_eq(wire_send(ends[0], msg, size, fds, nfds), 0);
	enum ops_result r = ops_take(&none, ends[1], &worker);
	for (size_t i = 0; i < NELEM(fds); i++)
		close(fds[i]);
	close(ends[0]);
	close(ends[1]);
	return r;
}

START_TEST(malformed_zone_is_refused)
{
	struct helper_zone_start z = fine_zone();
	spoilers[_i](&z);
	ck_assert_int_eq(offer(&z, sizeof(z), 2), OPS_BROKEN);
}
END_TEST

START_TEST(wrong_size_or_fds_are_refused)
{
	struct helper_zone_start z = fine_zone();
	struct helper_ready ready = {{HELPER_READY, 1}};
	ck_assert_int_eq(offer(&z, sizeof(z) - 1, 2), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 0), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 1), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 3), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, 3, 0), OPS_BROKEN);
	ck_assert_int_eq(offer(&ready, sizeof(ready), 1), OPS_BROKEN);
	ck_assert_int_eq(offer(&ready, sizeof(ready), 0), OPS_READY);
}
END_TEST

START_TEST(malformed_shares_are_refused)
{
	const struct helper_shares_set fine = {
		.head = {HELPER_SHARES_SET, 1}, .id = ID, .uid_base = BASE, .pid = 0, .shares = 1};
	for (int i = 0; i < 6; i++) {
		struct helper_shares_set q = fine;
		if (i == 0)
			q.id = 0;
		if (i == 1)
			q.uid_base++;
		if (i == 2)
			q.pid = -1;
		if (i == 3)
			q.shares = HELPER_SHARES + 1;
		if (i == 4)
			q.reserved = 1;
		ck_assert_int_eq(offer(&q, sizeof(q), i == 5 ? 0 : 1), OPS_BROKEN);
	}
}
END_TEST

/* What a list says is looked at again here, whoever wrote it. */
START_TEST(damaged_share_lists_are_refused)
{
	static const char *const targets[] = {"", "/", "x", "/x/", "//x", "/x//y", "/.", "/x/..", "/x/./y"};
	struct helper_share *s = xcalloc(1, sizeof(*s)), *list;
	for (size_t i = 0; i < NELEM(targets) + 6; i++) {
		*s = (struct helper_share){.source = {.use = USE_SHARE_READ, .path = "/x"}, .target = "/x"};
		if (i < NELEM(targets))
			snprintf(s->target, sizeof(s->target), "%s", targets[i]);
		else if (i == NELEM(targets))
			memset(s->target, 'x', sizeof(s->target)), s->target[0] = '/';
		else if (i == NELEM(targets) + 1)
			s->source.use = USE_DISK_WRITE;
		else if (i == NELEM(targets) + 2)
			s->source.use = USE_DEVICE_BOTH + 1;
		else if (i == NELEM(targets) + 3)
			s->source.size = 1;
		else if (i == NELEM(targets) + 4)
			s->source.author.ngroups = AUTHOR_GROUPS + 1;
		else
			s->source.path[0] = '\0';
		cleanup_fd int fd = memory_file(s, sizeof(*s));
		ck_assert_msg(share_list_read(fd, 1, &list) < 0, "%zu", i);
	}
	*s = (struct helper_share){.source = {.use = USE_SHARE_READ, .path = "/x"}, .target = "/x/y"};
	cleanup_fd int fd = memory_file(s, sizeof(*s));
	ck_assert_int_lt(share_list_read(fd, 2, &list), 0);
	ck_assert_int_eq(share_list_read(fd, 1, &list), 0);
	free(list);
	free(s);
}
END_TEST

START_TEST(malformed_vm_is_refused)
{
	static struct helper_vm_start v;
	const struct helper_file kernel = {.use = USE_KERNEL, .path = "/x"};
	for (int i = 0; i < 6; i++) {
		v = (struct helper_vm_start){.zone = fine_zone(), .nfiles = 1, .files = {kernel}};
		v.zone.head.op = HELPER_VM_START;
		if (i == 0)
			v.kvm = 2;
		if (i == 1)
			v.nfiles = HELPER_FILES + 1;
		if (i == 2)
			v.files[0].use = USE_DISK_WRITE + 1;
		if (i == 3)
			memset(v.files[0].path, 'x', sizeof(v.files[0].path));
		if (i == 4)
			v.files[0].author.ngroups = AUTHOR_GROUPS + 1;
		if (i == 5) {
			v.nfiles = 2; /* a second kernel */
			v.files[1] = kernel;
		}
		ck_assert_int_eq(offer(&v, sizeof(v), 2), OPS_BROKEN);
	}
}
END_TEST

/* ---- network ---- */

/* Byte `at` of a NIC that is fine becomes `value`. */
static const struct {
	size_t at;
	uint8_t value;
	const char *what;
} nic_spoilers[] = {
	{offsetof(struct helper_nic, kind), 7, "no kind"},
	{offsetof(struct helper_nic, kind), NIC_NONE, "none, and yet something"},
	{offsetof(struct helper_nic, mtu) + 2, 1, "mtu too large"},
	{offsetof(struct helper_nic, mtu), 20, "mtu too small"},
	{offsetof(struct helper_nic, vlan) + 1, 0x10, "vlan too large"},
	{offsetof(struct helper_nic, antispoof), 2, "neither on nor off"},
	{offsetof(struct helper_nic, naddrs), NIC_ADDRS + 1, "too many addresses"},
	{offsetof(struct helper_nic, naddrs), 2, "an address of no family"},
	{offsetof(struct helper_nic, naddrs), 0, "an address that is not counted"},
	{offsetof(struct helper_nic, mac), 1, "a group's mac"},
	{offsetof(struct helper_nic, bridge), '\0', "no bridge"},
	{offsetof(struct helper_nic, bridge), '.', "a hidden bridge"},
	{offsetof(struct helper_nic, bridge) + 1, '/', "a path"},
	{offsetof(struct helper_nic, bridge) + 1, '%', "a pattern"},
	{offsetof(struct helper_nic, bridge) + 15, 'x', "bytes behind the name"},
	{offsetof(struct helper_nic, addrs), 5, "a family there is not"},
	{offsetof(struct helper_nic, addrs) + 1, 33, "a prefix too long"},
	{offsetof(struct helper_nic, addrs) + 1, 0, "no prefix"},
	{offsetof(struct helper_nic, addrs) + 2 + 4, 1, "bytes behind IPv4"},
	{offsetof(struct helper_nic, gateways), 6, "IPv6 in IPv4's place"},
	{offsetof(struct helper_nic, gateways) + 1, 8, "a gateway with a prefix"},
	{offsetof(struct helper_nic, pad), 1, "not zero"},
};

static struct helper_nic fine_nic(void)
{
	return (struct helper_nic){.kind = NIC_BRIDGE,
		.mtu = 68,
		.vlan = 1,
		.naddrs = 1,
		.mac = {2, 0, 0, 0, 0, 1},
		.bridge = "br",
		.addrs = {{4, 24, {10, 0, 0, 1}}},
		.gateways = {{4, 0, {10, 0, 0, 2}}}};
}

START_TEST(malformed_nic_is_refused)
{
	struct helper_nic nic = fine_nic();
	ck_assert(nic_fits(&nic));
	((uint8_t *)&nic)[nic_spoilers[_i].at] = nic_spoilers[_i].value;
	ck_assert_msg(!nic_fits(&nic), "%s", nic_spoilers[_i].what);
	struct helper_zone_start z = fine_zone();
	z.nics[3] = nic;
	ck_assert_int_eq(offer(&z, sizeof(z), 2), OPS_BROKEN);
	struct helper_nics_set s = {
		.head = {HELPER_NICS_SET, 1}, .id = ID, .uid_base = BASE, .pid = 2};
	s.before[7] = nic;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
}
END_TEST

START_TEST(networks_of_nobody_are_refused)
{
	struct helper_nics_set s = {
		.head = {HELPER_NICS_SET, 1}, .id = ID, .uid_base = BASE, .pid = 1};
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.pid = 2;
	s.uid_base = 0;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	/* ours is not a zone's */
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(nics_namespace(proc, getpid(), BASE + UID_MONITOR), -1);
	ck_assert_int_eq(err_code(), EPERM);
}
END_TEST

START_TEST(interface_names_fit_and_differ)
{
	char a[NIC_NAME], b[NIC_NAME];
	nic_name(a, "warren", (UINT64_C(1) << 40) - 1, NICS - 1);
	ck_assert_uint_eq(strlen(a), 14);
	nic_name(b, "warren2", (UINT64_C(1) << 40) - 1, NICS - 1);
	ck_assert_str_ne(a, b);
	nic_name(a, "warren", 36, 0);
	nic_name(b, "warren", 1, 0);
	ck_assert_str_ne(a, b);
}
END_TEST

/* ---- options ---- */

static int parse(const char *list)
{
	char words[] = "warren", where[] = "/tmp", o[] = "-o", name[] = "mount.warren";
	char *copy = xstrdup(list), *argv[] = {name, words, where, o, copy, NULL};
	struct options opt;
	optind = 0;
	int r = options_parse(&opt, 5, argv);
	options_finish(&opt);
	free(copy);
	return r;
}

START_TEST(options_are_taken_or_named)
{
	ck_assert_int_eq(
		parse("rw,nosuid,_netdev,x-systemd.automount,comment=a,cgroup=w.1,log=info"), 0);
	static const char *const bad[] = {"bogus", "cgroup=a//b", "cgroup=/a", "cgroup=a/", "cgroup=a/../b", "cgroup=..",
		"cgroup=", "state=", "run=", "log=loud", "fd=3"};
	for (size_t i = 0; i < NELEM(bad); i++)
		ck_assert_int_eq(parse(bad[i]), -1);
	parse("bogus");
	ck_assert_ptr_nonnull(strstr(err_text(), "\"bogus\""));
}
END_TEST

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
	ck_assert_msg(private_remove(AT_FDCWD, "7") == 0, "%s", err_text());
	ck_assert_int_eq(access("7", F_OK), -1);
	ck_assert_int_eq(access("keep/me", F_OK), 0);
	ck_assert_int_eq(private_remove(AT_FDCWD, "7"), 0); /* a second time */
	ck_assert_int_eq(symlink("keep", "8"), 0);
	ck_assert_int_eq(private_remove(AT_FDCWD, "8"), -1);
	ck_assert_int_eq(access("keep/me", F_OK), 0);
}
END_TEST

START_TEST(private_files_stay_with_their_uids)
{
	int fd = private_open(AT_FDCWD, "7", BASE, "zone");
	ck_assert_msg(fd >= 0, "%s", err_text());
	struct stat st;
	ck_assert_int_eq(fstatat(fd, "etc/passwd", &st, 0), 0);
	ck_assert_uint_eq(st.st_uid, BASE);
	close(fd);
	ck_assert_int_ge(fd = private_open(AT_FDCWD, "7", BASE, "zone"), 0);
	close(fd);
	ck_assert_int_eq(private_open(AT_FDCWD, "7", BASE + UID_COUNT, "zone"), -1);
	ck_assert_int_eq(private_remove(AT_FDCWD, "7"), 0);
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
	ck_assert_msg(dirs_open(&h.dirs, "state", "run") == 0, "%s", err_text());
	h.programs = (struct programs){-1, program("warren-monitor"), program("warren-init"), -1};
	h.host = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	h.template = template_make();
	ck_assert_msg(h.template >= 0, "%s", err_text());
	root_probe();
	ck_assert_msg(hier_open(group, h.dirs.uid, h.dirs.gid) == 0, "%s", err_text());
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
	enum ops_result result = ops_take(&h, theirs, &worker);
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
	int n = snprintf(
		text + sizeof(o), sizeof(text) - sizeof(o), "/bin/sh%c-c%c%s", 0, 0, command);
	o.size = (uint32_t)n + 1;
	memcpy(text, &o, sizeof(o));
	struct ring log;
	int fds[2] = {memory_file("", 0), memory_file(text, sizeof(o) + o.size)};
	ck_assert_int_eq(ring_make(&log, dup(fds[0]), 4096, 0), 0);
	struct helper_zone_start z = fine_zone();
	struct helper_reply r = ask(&z, sizeof(z), fds, 2);
	ring_close(&log);
	close(fds[0]);
	close(fds[1]);
	return r;
}

/* What a zone tells of itself, in its own /var. */
static const char look[] =
	"exec 2>/dev/null; cd /proc/1/fd; echo * >/var/seen;"
	"mkdir /usr/w && echo usr >>/var/seen; mkdir /w && echo root >>/var/seen;"
	"umount /usr && echo umount >>/var/seen;"
	"mount -o remount,rw /usr && echo remount >>/var/seen; ls -d /boot && echo host "
	">>/var/seen;"
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
	int fds[2] = {memory_file("", 0), memory_file(&bad, sizeof(bad))};
	struct helper_zone_start z = fine_zone();
	struct helper_reply r = ask(&z, sizeof(z), fds, 2);
	ck_assert_int_ne(r.err.code, 0);
	ck_assert_int_ne(r.err.text[0], '\0');
	ck_assert_int_eq(access("run/monitors/7", F_OK), -1);
	fds[1] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = ask(&z, sizeof(z), fds, 2); /* no way to a directory of the host's */
	ck_assert_int_eq(r.err.code, EINVAL);
	ck_assert_int_eq(ask_clean().err.code, 0);
	hier_close(h.opt.cgroup);
}
END_TEST

static void suites_fill(Suite *s)
{
	TCase *t = tcase_create("refusals");
	tcase_add_loop_test(t, malformed_zone_is_refused, 0, NELEM(spoilers));
	tcase_add_test(t, wrong_size_or_fds_are_refused);
	tcase_add_test(t, malformed_vm_is_refused);
	tcase_add_test(t, malformed_shares_are_refused);
	tcase_add_test(t, damaged_share_lists_are_refused);
	tcase_add_loop_test(t, malformed_nic_is_refused, 0, NELEM(nic_spoilers));
	tcase_add_test(t, networks_of_nobody_are_refused);
	tcase_add_test(t, interface_names_fit_and_differ);
	tcase_add_test(t, options_are_taken_or_named);
	suite_add_tcase(s, t);
	if (geteuid() != 0) {
		printf("SKIP deleting, opening and building: these need root\n");
		return;
	}
	t = tcase_create("root");
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
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
