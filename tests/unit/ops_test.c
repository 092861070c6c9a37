/* What the privileged helper refuses: malformed requests and NICs. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/wire.h"
#include "mount-helper/net/nicset.h"
#include "mount-helper/ops.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/hostmount/owner.h"
#include "mount-helper/kit/sys.h"
#include "tests/unit/helper.h"
#include "tests/unit/sealing.h"
#include "tests/unit/suite.h"

/* ---- requests ---- */

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
	z->uids.base = UID_FIRST - UID_COUNT;
}
static void base_above(struct helper_zone_start *z)
{
	z->uids.base = UID_LAST + UID_COUNT;
}
static void base_between(struct helper_zone_start *z)
{
	z->uids.base++;
}
static void uids_uncounted(struct helper_zone_start *z)
{
	z->uids.count = 0;
}
static void uids_of_a_vm(struct helper_zone_start *z)
{
	z->uids.count = UID_COUNT_VM;
}
static void too_many_hostmounts(struct helper_zone_start *z)
{
	z->hostmounts = HELPER_HOSTMOUNTS + 1;
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
    base_above, base_between, uids_uncounted, uids_of_a_vm, too_many_hostmounts, hostname_empty,
    hostname_slash, hostname_long, hostname_open, op_unknown};

static enum ops_result offer(const void *msg, size_t size, int nfds)
{
	static const struct helper none;
	int ends[2];
	struct worker worker = {-1, 0};
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	int fds[4];
	for (size_t i = 0; i < NELEM(fds); i++)
		fds[i] = memory_file("x", 1);
	ck_assert_int_eq(wire_send(ends[0], msg, size, fds, nfds), 0);
	enum ops_result r = ops_receive(&none, ends[1], &worker);
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
	ck_assert_int_eq(offer(&z, sizeof(z), 3), OPS_BROKEN);
}
END_TEST

START_TEST(wrong_size_or_fds_are_refused)
{
	struct helper_zone_start z = fine_zone();
	struct helper_ready ready = {{HELPER_READY, 1}};
	ck_assert_int_eq(offer(&z, sizeof(z) - 1, 3), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 0), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 1), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 2), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, sizeof(z), 4), OPS_BROKEN);
	ck_assert_int_eq(offer(&z, 3, 0), OPS_BROKEN);
	ck_assert_int_eq(offer(&ready, sizeof(ready), 1), OPS_BROKEN);
	ck_assert_int_eq(offer(&ready, sizeof(ready), 0), OPS_READY);
}
END_TEST

START_TEST(malformed_hostmounts_are_refused)
{
	const struct helper_hostmounts_set fine = {.head = {HELPER_HOSTMOUNTS_SET, 1},
	    .id = ID,
	    .uids = {BASE, UID_COUNT},
	    .pid = 0,
	    .hostmounts = 1};
	for (int i = 0; i < 8; i++) {
		struct helper_hostmounts_set q = fine;
		if (i == 0)
			q.id = 0;
		if (i == 1)
			q.uids.base++;
		if (i == 2)
			q.pid = -1;
		if (i == 3)
			q.hostmounts = HELPER_HOSTMOUNTS + 1;
		if (i == 4)
			q.uids.count = UID_COUNT_VM; /* a VM has no host mounts */
		if (i == 6)
			q.anew = 4;
		if (i == 7)
			q.reserved = 1;
		ck_assert_int_eq(offer(&q, sizeof(q), i == 5 ? 0 : 1), OPS_BROKEN);
	}
}
END_TEST

START_TEST(malformed_sysctls_are_refused)
{
	static const char *const keys[] = {"kernel/panic", "/net/x", "net/../kernel/panic",
	    "net//x", "net.ipv4", "vm/swappiness", "netx"};
	const struct helper_sysctls_set fine = {
	    .head = {HELPER_SYSCTLS_SET, 1}, .id = ID, .uids = {BASE, UID_COUNT}};
	for (size_t i = 0; i < NELEM(keys) + 6; i++) {
		struct helper_sysctls_set q = fine;
		snprintf(q.list[0].key, SYSCTL_KEY, "%s", i < NELEM(keys) ? keys[i] : "net/x");
		switch ((int)i - (int)NELEM(keys)) {
		case 0:
			memset(q.list[0].key, 'x', SYSCTL_KEY);
			memcpy(q.list[0].key, "net/", 4);
			break;
		case 1:
			memset(q.list[0].value, 'x', SYSCTL_VALUE);
			break;
		case 2:
			q.list[2].key[0] = 'n'; /* behind the end */
			break;
		case 3:
			q.pid = -1;
			break;
		case 4:
			q.reserved = 1;
			break;
		case 5:
			q.uids.base++;
			break;
		}
		ck_assert_int_eq(offer(&q, sizeof(q), 0), OPS_BROKEN);
	}
}
END_TEST

START_TEST(malformed_preflights_are_refused)
{
	for (int i = 0; i < 9; i++) {
		struct helper_preflight q = {.head = {HELPER_PREFLIGHT, 1},
		    .id = ID,
		    .uids = {BASE, UID_COUNT},
		    .pid = 2,
		    .hostmounts = 1,
		    .program = "/sbin/init"};
		if (i == 0)
			q.id = 0;
		if (i == 1)
			q.pid = -1;
		if (i == 2)
			q.hostmounts = HELPER_HOSTMOUNTS + 1;
		if (i == 3)
			q.files = 1; /* a VM has no host mounts */
		if (i == 4)
			memset(q.program, 'x', sizeof(q.program));
		if (i == 5)
			memset(q.path, 'x', sizeof(q.path));
		if (i == 6)
			q.uids.base++;
		if (i == 8)
			q.nics[0].kind = NIC_BRIDGE;
		ck_assert_int_eq(offer(&q, sizeof(q), i == 7 ? 0 : 1), OPS_BROKEN);
	}
}
END_TEST

START_TEST(malformed_gifts_are_refused)
{
	for (int i = 0; i < 4; i++) {
		struct helper_vm_give q = {
		    .head = {HELPER_VM_GIVE, 1}, .id = ID, .set = 64, .uids = {0, UID_COUNT_VM}};
		if (i == 0)
			q.id = 0;
		if (i == 1)
			q.id = UINT64_C(1) << 40;
		if (i == 2)
			q.uids.count++;
		ck_assert_int_eq(offer(&q, sizeof(q), i == 3 ? 0 : 1), OPS_BROKEN);
	}
}
END_TEST

static int sealed(const struct helper *h, const struct helper_hostmount *s)
{
	struct {
		struct helper_hostmount hostmount;
		struct seal seal;
	} list = {.hostmount = *s};
	if (s->source.author.ngroups <= AUTHOR_GROUPS) /* else it has no seal */
		ck_assert_int_eq(seal_make(h, ID, &s->source, &list.seal), 0);
	return memory_file(&list, sizeof(list));
}

/* The helper checks what a list says, whoever wrote it. */
START_TEST(damaged_hostmount_lists_are_refused)
{
	static const char *const targets[] = {
	    "", "/", "x", "/x/", "//x", "/x//y", "/.", "/x/..", "/x/./y"};
	struct helper h = sealing_helper();
	struct helper_hostmount *s = xcalloc(1, sizeof(*s)), *list;
	for (size_t i = 0; i < NELEM(targets) + 6; i++) {
		*s = (struct helper_hostmount){
		    .source = {.use = USE_MOUNT_READ, .path = "/x"}, .target = "/x"};
		if (i < NELEM(targets))
			snprintf(s->target, sizeof(s->target), "%s", targets[i]);
		else if (i == NELEM(targets))
			memset(s->target, 'x', sizeof(s->target)), s->target[0] = '/';
		else if (i == NELEM(targets) + 1)
			s->source.use = USE_DISK_WRITE;
		else if (i == NELEM(targets) + 2)
			s->source.use = USE_MOUNT_MEMORY + 1;
		else if (i == NELEM(targets) + 3)
			s->source.size = 1;
		else if (i == NELEM(targets) + 4)
			s->source.author.ngroups = AUTHOR_GROUPS + 1;
		else
			s->source.path[0] = '\0';
		cleanup_fd int fd = sealed(&h, s);
		ck_assert_msg(hostmount_list_read(&h, ID, fd, 1, &list) < 0, "%zu", i);
		ck_assert_int_eq(err_code(), EBADMSG);
	}
	*s = (struct helper_hostmount){
	    .source = {.use = USE_MOUNT_READ, .path = "/x"}, .target = "/x/y"};
	cleanup_fd int fd = sealed(&h, s), bare = memory_file(s, sizeof(*s));
	ck_assert_int_lt(hostmount_list_read(&h, ID, fd, 2, &list), 0);
	ck_assert_int_lt(hostmount_list_read(&h, ID, bare, 1, &list), 0);
	ck_assert_int_eq(hostmount_list_read(&h, ID, fd, 1, &list), 0);
	free(list);
	ck_assert_int_lt(hostmount_list_read(&h, ID + 1, fd, 1, &list), 0);
	ck_assert_int_eq(err_code(), EPERM);
	ck_assert_ptr_nonnull(strstr(err_text(), "mounts: nobody was seen to write /x"));
	free(s);
	sealing_end(&h);
}
END_TEST

START_TEST(damaged_memory_is_refused)
{
	static const char *const modes[] = {
	    "tmpfs 17777", "tmpfs 8", "tmpfs 77x", "tmpfs ", "tmpfs", "/x", ""};
	struct helper h = sealing_helper();
	struct helper_hostmount *s = xcalloc(1, sizeof(*s)), *list;
	for (size_t i = 0; i <= NELEM(modes) + 3; i++) {
		*s = (struct helper_hostmount){
		    .source = {.use = USE_MOUNT_MEMORY, .size = 1, .path = "tmpfs 700"},
		    .target = "/x"};
		if (i < NELEM(modes))
			snprintf(s->source.path, sizeof(s->source.path), "%s", modes[i]);
		if (i == NELEM(modes))
			s->source.size = 0;
		if (i == NELEM(modes) + 1)
			s->source.author.uid = 1;
		if (i == NELEM(modes) + 2)
			s->target[0] = 'x';
		cleanup_fd int fd = sealed(&h, s);
		int r = hostmount_list_read(&h, ID, fd, 1, &list);
		ck_assert_msg(r == (i == NELEM(modes) + 3 ? 0 : -1), "%zu", i);
		if (r == 0)
			free(list);
	}
	free(s);
	sealing_end(&h);
}
END_TEST

START_TEST(malformed_vm_is_refused)
{
	for (int i = 0; i < 5; i++) {
		struct helper_vm_start v = {.zone = fine_zone(), .files = 1};
		v.zone.head.op = HELPER_VM_START;
		v.zone.stack.depth = 0;
		if (i == 0)
			v.kvm = 2;
		if (i == 1)
			v.files = VM_FILES + 1;
		if (i == 2)
			v.zone.image = ID; /* its disks have images, its root has none */
		if (i == 3)
			v.zone.hostmounts = 1;
		ck_assert_int_eq(offer(&v, sizeof(v), i == 4 ? 2 : 3), OPS_BROKEN);
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
    {offsetof(struct helper_nic, allow), NIC_ALLOW_ROUTER, "allows without antispoof"},
    {offsetof(struct helper_nic, allow), 4, "allows what there is not"},
    {offsetof(struct helper_nic, make), 2, "neither made nor not"},
    {offsetof(struct helper_nic, npublished), 1, "a port of a bridge's"},
    {offsetof(struct helper_nic, low), 1, "low ports of a bridge's"},
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

static const struct {
	size_t at;
	uint8_t value;
	const char *what;
} user_spoilers[] = {
    {offsetof(struct helper_nic, npublished), 0, "a port that is not counted"},
    {offsetof(struct helper_nic, npublished), 2, "a port 0"},
    {offsetof(struct helper_nic, npublished), NIC_PUBLISHED + 1, "too many ports"},
    {offsetof(struct helper_nic, low), 2, "neither low nor not"},
    {offsetof(struct helper_nic, antispoof), 1, "antispoof"},
    {offsetof(struct helper_nic, published[0].family), 5, "a family there is not"},
    {offsetof(struct helper_nic, published[0].family), 0, "an address of no family"},
    {offsetof(struct helper_nic, published[0].udp), 2, "neither TCP nor UDP"},
    {offsetof(struct helper_nic, published[0].bytes) + 4, 1, "bytes behind IPv4"},
    {offsetof(struct helper_nic, published[0].host), 0, "port 0 of the host"},
    {offsetof(struct helper_nic, published[0].port), 0, "port 0"},
};

START_TEST(malformed_publication_is_refused)
{
	struct helper_nic nic = {.kind = NIC_USER,
	    .mac = {2, 0, 0, 0, 0, 1},
	    .npublished = 1,
	    .low = 1,
	    .published = {{4, 1, 80, 80, {10, 0, 0, 1}}}};
	ck_assert(nic_fits(&nic));
	((uint8_t *)&nic)[user_spoilers[_i].at] = user_spoilers[_i].value;
	ck_assert_msg(!nic_fits(&nic), "%s", user_spoilers[_i].what);
}
END_TEST

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
	    .head = {HELPER_NICS_SET, 1}, .id = ID, .uids = {BASE, UID_COUNT}, .pid = 2};
	s.before[7] = nic;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
}
END_TEST

START_TEST(networks_of_nobody_are_refused)
{
	struct helper_nics_set s = {
	    .head = {HELPER_NICS_SET, 1}, .id = ID, .uids = {BASE, UID_COUNT}, .pid = 1};
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.pid = 2;
	s.uids.base = 1;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.uids.base = BASE;
	s.vm = 2;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.vm = 0;
	s.uids.count = UID_COUNT_VM;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.uids.count = 0;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.uids.count = UID_COUNT;
	s.which = NICS_ALL + 1;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.which = s.taps = 1; /* only a VM's NIC that is on a bridge then has a tap */
	s.vm = 1;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	s.nics[0] = fine_nic();
	s.vm = 0;
	ck_assert_int_eq(offer(&s, sizeof(s), 0), OPS_BROKEN);
	/* ours is not a zone's */
	cleanup_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(nics_namespace(proc, getpid(), BASE + UID_COUNT - 1), -1);
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

static void suites_fill(Suite *s)
{
	TCase *t = tcase_create("refusals");
	tcase_add_loop_test(t, malformed_zone_is_refused, 0, NELEM(spoilers));
	tcase_add_test(t, wrong_size_or_fds_are_refused);
	tcase_add_test(t, malformed_vm_is_refused);
	tcase_add_test(t, malformed_hostmounts_are_refused);
	tcase_add_test(t, malformed_sysctls_are_refused);
	tcase_add_test(t, damaged_memory_is_refused);
	tcase_add_test(t, malformed_preflights_are_refused);
	tcase_add_test(t, malformed_gifts_are_refused);
	tcase_add_test(t, damaged_hostmount_lists_are_refused);
	tcase_add_loop_test(t, malformed_nic_is_refused, 0, NELEM(nic_spoilers));
	tcase_add_loop_test(t, malformed_publication_is_refused, 0, NELEM(user_spoilers));
	tcase_add_test(t, networks_of_nobody_are_refused);
	tcase_add_test(t, interface_names_fit_and_differ);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("ops");
	suites_fill(s);
	return suite_run(s);
}
