/* rctl/v2 on a directory that looks like a cgroup2 mount: what is written where, what is read out
 * of what; and which version serves which controller. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "rctl/group.h"
#include "tests/unit/suite.h"

static char top[64];
static int dir = -1; /* top */

static void file_is(const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* What was written to it; empties it for the next. */
static const char *written(const char *path)
{
	static struct buf b;
	buf_cut(&b, 0);
	ck_assert_int_eq(fd_read_at(dir, path, &b), 0);
	file_is(path, "");
	return buf_text(&b);
}

static const char *const files[] = {"cpu.weight", "cpu.idle", "cpu.max", "cpuset.cpus",
    "memory.max", "memory.high", "memory.swap.max", "pids.max", "io.weight", "io.bfq.weight",
    "io.max", "cpu.pressure", "cgroup.freeze"};

/* v1's mounts, and v2's at top */
static int init(const char *v1)
{
	char mounts[512];
	snprintf(mounts, sizeof(mounts), "%scgroup2 %s cgroup2 rw,nosuid 0 0\n", v1, top);
	return group_init_from("p", mounts);
}

static const char alone[] = "";

static void open_groups(void)
{
	char path[64];
	snprintf(top, sizeof(top), "/tmp/warren-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(mkdirat(dir, "p", 0700) | mkdirat(dir, "p/7", 0700), 0);
	file_is("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
	for (size_t i = 0; i < NELEM(files); i++) {
		snprintf(path, sizeof(path), "p/%s", files[i]);
		file_is(path, "");
		snprintf(path, sizeof(path), "p/7/%s", files[i]);
		file_is(path, "");
	}
	file_is("p/7/memory.current", "1048576\n");
	ck_assert_int_eq(init(alone), 0);
	ck_assert_str_eq(group_face()->name, "v2");
}

static void close_groups(void)
{
	char command[128];
	close(dir);
	snprintf(command, sizeof(command), "rm -r '%s'", top);
	ck_assert_int_eq(system(command), 0);
}

#define FACE (group_face())

START_TEST(cpu_is_written)
{
	ck_assert_int_eq(FACE->set_weight("7", 300), 0);
	ck_assert_str_eq(written("p/7/cpu.weight"), "300");
	ck_assert_int_eq(FACE->set_weight("7", 0), 0);
	ck_assert_str_eq(written("p/7/cpu.weight"), "1");
	ck_assert_int_eq(FACE->set_weight("", 65535), 0); /* the parent's */
	ck_assert_str_eq(written("p/cpu.weight"), "10000");
	ck_assert_int_eq(FACE->set_cap("7", 250), 0);
	ck_assert_str_eq(written("p/7/cpu.max"), "250000 100000");
	ck_assert_int_eq(FACE->set_cap("7", 1), 0);
	ck_assert_str_eq(written("p/7/cpu.max"), "1000 100000");
	ck_assert_int_eq(FACE->set_cap("7", GROUP_NONE), 0);
	ck_assert_str_eq(written("p/7/cpu.max"), "max 100000");
	ck_assert_int_eq(FACE->set_idle("7", 1), 0);
	ck_assert_str_eq(written("p/7/cpu.idle"), "1");
	ck_assert_int_eq(FACE->set_cpus("7", "0-1,3"), 0);
	ck_assert_str_eq(written("p/7/cpuset.cpus"), "0-1,3");
	ck_assert_int_eq(FACE->set_cpus("7", NULL), 0);
	ck_assert_str_eq(written("p/7/cpuset.cpus"), "\n");
}
END_TEST

START_TEST(old_kernel_has_no_idle)
{
	unlinkat(dir, "p/7/cpu.idle", 0);
	ck_assert_int_eq(FACE->set_idle("7", 1), 0);
	ck_assert_str_eq(written("p/7/cpu.weight"), "1");
	ck_assert_int_eq(FACE->set_idle("7", 0), 0);
}
END_TEST

START_TEST(cpu_is_read)
{
	struct group_cpu c;
	struct group_watch w;
	uint64_t n;
	file_is("p/7/cpu.stat",
	    "usage_usec 11\nuser_usec 7\nsystem_usec 4\nnice_usec 0\ncore_sched.force_idle_usec 0\n"
	    "nr_periods 5\nnr_throttled 3\nthrottled_usec 99\nnr_bursts 0\nburst_usec 0\n");
	ck_assert_int_eq(FACE->get_cpu("7", &c), 0);
	ck_assert_uint_eq(c.usage_usec, 11);
	ck_assert_uint_eq(c.user_usec, 7);
	ck_assert_uint_eq(c.system_usec, 4);
	ck_assert_uint_eq(c.nr_periods, 5);
	ck_assert_uint_eq(c.nr_throttled, 3);
	ck_assert_uint_eq(c.throttled_usec, 99);
	ck_assert_int_eq(FACE->watch_cpu("7", &w), 0);
	ck_assert_int_eq(FACE->watched_usage(&w, &n), 0);
	ck_assert_uint_eq(n, 11);
	file_is("p/7/cpu.stat", "usage_usec 12\nnr_throttled 4\n");
	ck_assert_int_eq(FACE->watched_usage(&w, &n), 0);
	ck_assert_uint_eq(n, 12);
	ck_assert_int_eq(FACE->watched_held(&w, &n), 0);
	ck_assert_uint_eq(n, 4);
	group_unwatch(&w);
	ck_assert_int_eq(FACE->watch_cpu("8", &w), -1);
}
END_TEST

START_TEST(memory_is_written)
{
	ck_assert_int_eq(FACE->set_memory("7", 64 << 20, GROUP_NONE), 0);
	ck_assert_str_eq(written("p/7/memory.max"), "67108864");
	ck_assert_str_eq(written("p/7/memory.swap.max"), "max");
	ck_assert_str_eq(written("p/7/memory.high"), ""); /* nothing had to be freed */
	ck_assert_int_eq(FACE->set_memory("7", GROUP_NONE, 4096), 0);
	ck_assert_str_eq(written("p/7/memory.max"), "max");
	ck_assert_str_eq(written("p/7/memory.swap.max"), "4096");
	ck_assert_int_eq(FACE->check_swap(4096, 0), 0);
	ck_assert_int_eq(FACE->set_pids("7", 9), 0);
	ck_assert_str_eq(written("p/7/pids.max"), "9");
	ck_assert_int_eq(FACE->set_pids("7", GROUP_NONE), 0);
	ck_assert_str_eq(written("p/7/pids.max"), "max");
}
END_TEST

/* The kernel would kill for it. */
START_TEST(memory_in_use_is_not_taken_away)
{
	ck_assert_int_eq(FACE->set_memory("7", 4096, GROUP_NONE), -1);
	ck_assert_int_eq(err_code(), ERANGE);
	ck_assert_str_eq(err_text(), "1048576 bytes are in use and can't be taken away: give more");
	ck_assert_str_eq(written("p/7/memory.max"), "");
	ck_assert_str_eq(
	    written("p/7/memory.high"), "max6"); /* asked for with 4096, and taken back */
}
END_TEST

START_TEST(host_without_swap_accounting)
{
	unlinkat(dir, "p/memory.swap.max", 0);
	unlinkat(dir, "p/7/memory.swap.max", 0);
	ck_assert_int_eq(FACE->check_swap(4096, 1), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err_text(), "memory.swap.max"));
	ck_assert_int_eq(FACE->check_swap(GROUP_NONE, 1), 0);
	ck_assert_int_eq(FACE->set_memory("7", 64 << 20, GROUP_NONE), 0);
}
END_TEST

START_TEST(memory_is_read)
{
	uint64_t n;
	struct group_oom oom;
	struct buf b = {0};
	ck_assert_int_eq(FACE->get_memory("7", &n), 0);
	ck_assert_uint_eq(n, 1048576);
	ck_assert_int_eq(FACE->get_memory_peak("7", &n), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	file_is("p/7/memory.peak", "77\n");
	ck_assert_int_eq(FACE->get_memory_peak("7", &n), 0);
	ck_assert_uint_eq(n, 77);
	file_is("p/7/memory.events", "low 0\nhigh 1\nmax 9\noom 4\noom_kill 3\noom_group_kill 0\n");
	ck_assert_int_eq(FACE->get_oom("7", &oom), 0);
	ck_assert_uint_eq(oom.ooms, 4);
	ck_assert_uint_eq(oom.kills, 3);
	file_is("p/7/memory.stat", "anon 1\nfile 2\n");
	ck_assert_int_eq(FACE->get_memory_stat("7", &b), 0);
	ck_assert_str_eq(buf_text(&b), "anon 1\nfile 2\n");
	buf_cut(&b, 0);
	file_is("p/7/cgroup.procs", "12\n13\n");
	ck_assert_int_eq(FACE->get_procs("7", &b), 0);
	ck_assert_str_eq(buf_text(&b), "12\n13\n");
	buf_cut(&b, 0);
	ck_assert_int_eq(mkdirat(dir, "p/7/zone", 0700) | mkdirat(dir, "p/7/zone/a", 0700) |
			     mkdirat(dir, "p/7/zone/a/b", 0700),
	    0);
	file_is("p/7/zone/cgroup.procs", "14\n");
	file_is("p/7/zone/a/b/cgroup.procs", "15\n");
	ck_assert_int_eq(FACE->get_procs("7", &b), 0);
	ck_assert_str_eq(buf_text(&b), "12\n13\n14\n15\n");
	ck_assert_int_eq(FACE->get_procs("8", &b), -1);
	buf_finish(&b);
	file_is("p/7/pids.current", "2\n");
	ck_assert_int_eq(FACE->get_pids("7", &n), 0);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(freezer)
{
	ck_assert_int_eq(FACE->set_frozen("7", 1), 0);
	ck_assert_str_eq(written("p/7/cgroup.freeze"), "1");
	file_is("p/7/cgroup.freeze", "1\n");
	file_is("p/7/cgroup.events", "populated 1\nfrozen 0\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_FREEZING);
	file_is("p/7/cgroup.events", "populated 1\nfrozen 1\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_FROZEN);
	file_is("p/7/cgroup.freeze", "");
	ck_assert_int_eq(FACE->set_frozen("7", 0), 0);
	ck_assert_str_eq(written("p/7/cgroup.freeze"), "0");
	file_is("p/7/cgroup.events", "populated 1\nfrozen 0\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_THAWED);
	unlinkat(dir, "p/7/cgroup.events", 0);
	ck_assert_int_eq(FACE->get_frozen("7"), -1);
}
END_TEST

/* v1's own, where there is no v2 */
START_TEST(freezer_of_v1)
{
	char mounts[256];
	snprintf(mounts, sizeof(mounts),
	    "cgroup /c cgroup rw,cpu 0 0\ncgroup %s cgroup rw,freezer 0 0\n", top);
	ck_assert_int_eq(group_init_from("p", mounts), 0);
	file_is("p/7/freezer.state", "");
	ck_assert_int_eq(FACE->set_frozen("7", 1), 0);
	ck_assert_str_eq(written("p/7/freezer.state"), "FROZEN");
	file_is("p/7/freezer.state", "FREEZING\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_FREEZING);
	file_is("p/7/freezer.state", "FROZEN\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_FROZEN);
	file_is("p/7/freezer.state", "");
	ck_assert_int_eq(FACE->set_frozen("7", 0), 0);
	ck_assert_str_eq(written("p/7/freezer.state"), "THAWED");
	file_is("p/7/freezer.state", "THAWED\n");
	ck_assert_int_eq(FACE->get_frozen("7"), GROUP_THAWED);
	char without[] = "cgroup /c cgroup rw,cpu 0 0\n";
	ck_assert_int_eq(group_init_from("p", without), 0);
	ck_assert_int_eq(FACE->set_frozen("7", 1), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_str_eq(err_text(), "this host has no freezer control group");
}
END_TEST

static void init_v1(void)
{
	char mounts[256];
	snprintf(mounts, sizeof(mounts), "cgroup %s cgroup rw,cpu,memory,blkio 0 0\n", top);
	ck_assert_int_eq(group_init_from("p", mounts), 0);
	ck_assert_str_eq(FACE->name, "v1");
}

static void lacks(int result, const char *what)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_msg(strstr(err_text(), what) != NULL, "no %s in %s", what, err_text());
}

START_TEST(what_a_host_of_v1_lacks)
{
	struct buf b = {0};
	init_v1();
	lacks(FACE->check_swap(4096, 1), "no memory.memsw");
	ck_assert_int_eq(FACE->check_swap(GROUP_NONE, 0), 0);
	lacks(FACE->has_io(1), "no blkio.bfq.weight");
	lacks(FACE->set_io_weight("7", 200), "no blkio.bfq.weight");
	lacks(FACE->has_io(0), "no blkio.throttle");
	lacks(FACE->set_pids("7", 5), "no pids control group");
	lacks(FACE->set_cpus("7", "0"), "no cpuset control group");
	lacks(FACE->get_pressure("7", "cpu", &b), "no cpu.pressure");
	file_is("p/memory.memsw.limit_in_bytes", "");
	lacks(FACE->check_swap(4096, 0), "set memory.max, too");
	ck_assert_int_eq(FACE->check_swap(4096, 1), 0);
	buf_finish(&b);
}
END_TEST

START_TEST(io_of_v1)
{
	static const uint64_t most[GROUP_IO_KEYS] = {GROUP_NONE, 1048576, 20, GROUP_NONE};
	struct buf b = {0};
	init_v1();
	file_is("p/blkio.weight", "");
	file_is("p/7/blkio.weight", "");
	ck_assert_int_eq(FACE->has_io(1) | FACE->set_io_weight("7", 1), 0);
	ck_assert_str_eq(written("p/7/blkio.weight"), "10"); /* the least it takes */
	file_is("p/blkio.bfq.weight", "");
	file_is("p/7/blkio.bfq.weight", "");
	ck_assert_int_eq(FACE->set_io_weight("7", 5000), 0);
	ck_assert_str_eq(written("p/7/blkio.bfq.weight"), "1000"); /* the most */
	file_is("p/blkio.throttle.read_bps_device", "");
	file_is("p/7/blkio.throttle.read_bps_device", "");
	file_is("p/7/blkio.throttle.write_bps_device", "");
	file_is("p/7/blkio.throttle.read_iops_device", "");
	file_is("p/7/blkio.throttle.write_iops_device", "");
	ck_assert_int_eq(FACE->has_io(0) | FACE->set_io_max("7", "8:0", most), 0);
	ck_assert_str_eq(written("p/7/blkio.throttle.read_bps_device"), "8:0 0"); /* none */
	ck_assert_str_eq(written("p/7/blkio.throttle.write_bps_device"), "8:0 1048576");
	ck_assert_str_eq(written("p/7/blkio.throttle.read_iops_device"), "8:0 20");
	ck_assert_str_eq(written("p/7/blkio.throttle.write_iops_device"), "8:0 0");
	file_is("p/7/blkio.throttle.io_service_bytes",
	    "8:0 Read 1\n8:0 Write 2\n8:0 Sync 3\n8:0 Total 3\nTotal 3\n");
	file_is(
	    "p/7/blkio.throttle.io_serviced", "8:0 Read 4\n8:0 Write 5\n8:0 Total 9\nTotal 9\n");
	ck_assert_int_eq(FACE->get_io_stat("7", &b), 0);
	ck_assert_str_eq(buf_text(&b), "8:0 rbytes=1 wbytes=2 rios=4 wios=5\n");
	buf_finish(&b);
}
END_TEST

START_TEST(io)
{
	static const uint64_t most[GROUP_IO_KEYS] = {GROUP_NONE, 1048576, 20, GROUP_NONE};
	struct buf b = {0};
	ck_assert_int_eq(FACE->set_io_max("7", "8:0", most), 0);
	ck_assert_str_eq(written("p/7/io.max"), "8:0 rbps=max wbps=1048576 riops=20 wiops=max");
	ck_assert_int_eq(FACE->set_io_weight("7", 5000), 0);
	ck_assert_str_eq(written("p/7/io.weight"), "5000");
	ck_assert_str_eq(written("p/7/io.bfq.weight"), "1000");
	unlinkat(dir, "p/io.weight", 0);
	ck_assert_int_eq(FACE->has_io(1) | FACE->has_io(0), 0);
	unlinkat(dir, "p/io.bfq.weight", 0);
	ck_assert_int_eq(FACE->has_io(1), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	unlinkat(dir, "p/io.max", 0);
	ck_assert_int_eq(FACE->has_io(0), -1);
	file_is("p/7/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
	ck_assert_int_eq(FACE->get_io_stat("7", &b), 0);
	ck_assert_ptr_nonnull(strstr(buf_text(&b), "8:0 rbytes=1"));
	buf_finish(&b);
}
END_TEST

START_TEST(pressure)
{
	struct buf b = {0};
	file_is("p/7/cpu.pressure", "some avg10=0.00\n");
	ck_assert_int_eq(FACE->get_pressure("7", "cpu", &b), 0);
	ck_assert_str_eq(buf_text(&b), "some avg10=0.00\n");
	ck_assert_int_eq(FACE->get_pressure("7", "io", &b), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err_text(), "io.pressure"));
	buf_finish(&b);
}
END_TEST

static void add_id(uint64_t id, void *sum)
{
	*(uint64_t *)sum += id;
}

START_TEST(groups_are_found)
{
	uint64_t sum = 0;
	ck_assert_int_eq(mkdirat(dir, "p/30", 0700) | mkdirat(dir, "p/other", 0700), 0);
	ck_assert_int_eq(group_each(add_id, &sum), 0);
	ck_assert_uint_eq(sum, 37);
}
END_TEST

/* ---- who has which controller ---- */

START_TEST(each_controller_where_it_is)
{
	ck_assert_int_eq(init("cgroup /cpu cgroup rw,cpu,cpuacct 0 0\n"), 0);
	ck_assert_str_eq(FACE->name, "hybrid");
	ck_assert(FACE->set_cap == group_v1.set_cap);
	ck_assert(FACE->get_procs == group_v1.get_procs);
	ck_assert(FACE->set_memory == group_v2.set_memory);
	ck_assert(FACE->watch_oom == group_v2.watch_oom);
	ck_assert(FACE->set_io_max == group_v2.set_io_max);
	ck_assert(FACE->set_pids == group_v2.set_pids);
	ck_assert(FACE->set_cpus == group_v2.set_cpus);
}
END_TEST

START_TEST(v1_with_v2_for_nothing)
{
	file_is("cgroup.controllers", "hugetlb\n");
	ck_assert_int_eq(init("cgroup /c cgroup rw,cpu 0 0\ncgroup /m cgroup rw,memory 0 0\n"), 0);
	ck_assert_str_eq(FACE->name, "hybrid");
	ck_assert(FACE->set_memory == group_v1.set_memory);
	ck_assert_int_eq(FACE->set_pids("7", 1), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	ck_assert_str_eq(err_text(), "this host has no pids control group");
}
END_TEST

START_TEST(v1_alone)
{
	char mounts[] = "cgroup /c cgroup rw,cpu 0 0\n";
	ck_assert_int_eq(group_init_from("p", mounts), 0);
	ck_assert_str_eq(FACE->name, "v1");
}
END_TEST

START_TEST(nothing_at_all)
{
	char mounts[] = "tmpfs / tmpfs rw 0 0\n";
	ck_assert_int_eq(group_init_from("p", mounts), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
	file_is("cgroup.controllers", "memory pids\n");
	ck_assert_int_eq(init(alone), -1);
	ck_assert_int_eq(err_code(), EOPNOTSUPP);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("v2");
	TCase *t = tcase_create("v2");
	tcase_add_checked_fixture(t, open_groups, close_groups);
	tcase_add_test(t, cpu_is_written);
	tcase_add_test(t, old_kernel_has_no_idle);
	tcase_add_test(t, cpu_is_read);
	tcase_add_test(t, memory_is_written);
	tcase_add_test(t, memory_in_use_is_not_taken_away);
	tcase_add_test(t, host_without_swap_accounting);
	tcase_add_test(t, memory_is_read);
	tcase_add_test(t, freezer);
	tcase_add_test(t, freezer_of_v1);
	tcase_add_test(t, what_a_host_of_v1_lacks);
	tcase_add_test(t, io_of_v1);
	tcase_add_test(t, io);
	tcase_add_test(t, pressure);
	tcase_add_test(t, groups_are_found);
	tcase_add_test(t, each_controller_where_it_is);
	tcase_add_test(t, v1_with_v2_for_nothing);
	tcase_add_test(t, v1_alone);
	tcase_add_test(t, nothing_at_all);
	suite_add_tcase(s, t);
	return suite_run(s);
}
