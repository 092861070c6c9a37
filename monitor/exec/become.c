/* A job's process inside the zone, until it is the shell. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/rlimits.h"
#include "base/signals.h"
#include "base/wire.h"
#include "monitor/exec/become.h"
#include "monitor/exec/enter.h"
#include "protocol/start.h"
#include "protocol/monitor.h"
#include "monitor/exec/user.h"

enum {
	FD_SOCK = 3,
	FD_ORDERS = 4,
	FD_FILTER = 5,
	FD_FREE = 6,
	EXTRA = 3,
	CAPS = 64,
	FILTER_MAX = 4096
};

static char strings[JOB_ORDERS_MAX + 1]; /* static memory costs the monitor nothing as long as it is
					  * not written */
static struct job_orders orders;
static char *cmd, *name, *dir;
static char *env[JOB_ENV_MAX + EXTRA + 1];
static struct user user;

/* Close all of the monitor's descriptors but the socket, the orders and the filter. */
static int fds_clear(int sock, int from)
{
	int keep[] = {sock, from, MONITOR_FD_FILTER};
	for (size_t i = 0; i < NELEM(keep); i++)
		if ((keep[i] = fcntl(keep[i], F_DUPFD_CLOEXEC, 64)) < 0)
			return err_sys("start: keep descriptors");
	for (size_t i = 0; i < NELEM(keep); i++)
		if (dup3(keep[i], FD_SOCK + (int)i, O_CLOEXEC) < 0)
			return err_sys("start: place descriptors");
	if (syscall(SYS_close_range, FD_FREE, ~0U, 0) < 0)
		return err_sys("start: close descriptors");
	return 0;
}

static int orders_refuse(void)
{
	return err_set(EBADMSG, "start: its orders are damaged");
}

static char *next_string(char **at)
{
	char *s = *at, *end = strings + orders.size;
	if (s >= end)
		return NULL;
	*at += strlen(s) + 1;
	return s;
}

static int orders_read(void)
{
	if (pread(FD_ORDERS, &orders, sizeof(orders), 0) != (ssize_t)sizeof(orders) ||
	    orders.magic != JOB_ORDERS_MAGIC || orders.size > JOB_ORDERS_MAX ||
	    orders.envc > JOB_ENV_MAX)
		return orders_refuse();
	if (pread(FD_ORDERS, strings, orders.size, sizeof(orders)) != (ssize_t)orders.size)
		return orders_refuse();
	char *at = strings;
	cmd = next_string(&at);
	name = next_string(&at);
	dir = next_string(&at);
	if (dir == NULL)
		return orders_refuse();
	for (uint32_t i = 0; i < orders.envc; i++)
		if ((env[i] = next_string(&at)) == NULL)
			return orders_refuse();
	return 0;
}

/* KEY=value unless it is set. */
static void env_default(const char *key, const char *value)
{
	size_t n = strlen(key), i = 0;
	for (; env[i] != NULL; i++)
		if (strncmp(env[i], key, n) == 0 && env[i][n] == '=')
			return;
	if (*value != '\0' && asprintf(&env[i], "%s=%s", key, value) < 0)
		env[i] = NULL;
}

/* An older daemon sends no limits. */
static int limits_take(void)
{
	struct rlimits l;
	ssize_t n = pread(FD_ORDERS, &l, sizeof(l), (off_t)(sizeof(orders) + orders.size));
	if (n == 0)
		return 0;
	return n == (ssize_t)sizeof(l) ? rlimits_take(&l) : orders_refuse();
}

static void inherited_reset(void)
{
	signals_reset();
	umask(022);
	setsid();
	syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING: leave the host's keyring */, NULL);
}

static int caps_bound(uint64_t caps)
{
	for (int c = 0; c < CAPS; c++)
		if ((caps >> c & 1) == 0 && prctl(PR_CAPBSET_DROP, c) < 0 && errno != EINVAL)
			return err_sys("start: drop capability %d", c);
	return 0;
}

/* The zone's root gets the capabilities of process 1, other users none. Without the privilege suid
 * the process has no_new_privs from the monitor. */
static int caps_set(uint64_t caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {{0}, {0}};
	if (user.uid != 0)
		caps = 0;
	struct __user_cap_data_struct all[2];
	if (syscall(SYS_capget, &head, all) < 0)
		return err_sys("start: capabilities");
	for (int i = 0; i < 2; i++)
		d[i].effective = d[i].permitted = (uint32_t)(caps >> (32 * i)) & all[i].permitted;
	if (syscall(SYS_capset, &head, d) < 0)
		return err_sys("start: set the capabilities");
	return 0;
}

static int user_become(uint64_t caps)
{
	if (user_find(name, &user) < 0 || caps_bound(caps) < 0)
		return -1;
	if (setgroups((size_t)user.ngroups, user.groups) < 0 ||
	    setresgid(user.gid, user.gid, user.gid) < 0 ||
	    setresuid(user.uid, user.uid, user.uid) < 0)
		return err_sys("user: become %u", (unsigned)user.uid);
	return caps_set(caps);
}

static int dir_enter(void)
{
	if (chdir(dir) == 0)
		return 0;
	int code = errno == ENOENT || errno == ENOTDIR ? ENOENT : EIO;
	return err_set(code, "dir: the zone's %.60s: %s: give a directory that its user may enter",
	    dir, strerror(errno));
}

static int ends_send(const int *fds, int n)
{
	struct enter_news news = {.word = ENTER_ENDS};
	return wire_send(FD_SOCK, &news, sizeof(news), fds, n);
}

static int stdio_set(int in, int out, int err)
{
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		return err_sys("start: place descriptors");
	return 0;
}

/* Load the filter of process 1's system calls. This comes before capabilities are dropped: without
 * no_new_privs loading needs sys_admin. */
static int filter_enter(void)
{
	static struct sock_filter code[FILTER_MAX];
	ssize_t n = pread(FD_FILTER, code, sizeof(code), 0);
	struct sock_fprog p = {
	    .len = (unsigned short)(n / (ssize_t)sizeof(code[0])), .filter = code};
	if (n <= 0 || n % (ssize_t)sizeof(code[0]) != 0)
		return err_set(EIO, "start: the zone's filter of system calls can't be read");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p) < 0)
		return err_sys("start: set the filter of system calls");
	return 0;
}

/* The pipes are the job's user's, so that it can open /dev/stdout as well. */
static int pipes_make(void)
{
	int p[3][2];
	for (int i = 0; i < 3; i++)
		if (pipe2(p[i], O_CLOEXEC) < 0)
			return err_sys("start: pipe");
	const int ends[] = {p[0][1], p[1][0], p[2][0]};
	return ends_send(ends, 3) < 0 ? -1 : stdio_set(p[0][0], p[1][1], p[2][1]);
}

/* A terminal of the zone's devpts; the process that opens it owns it. */
static int terminal_make(void)
{
	int unlocked = 0, master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return err_sys("tty: open the zone's /dev/ptmx");
	int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) < 0)
		return err_sys("tty: take the terminal");
	struct winsize size = {.ws_row = orders.rows, .ws_col = orders.cols};
	if (orders.rows != 0)
		ioctl(fd, TIOCSWINSZ, &size);
	return ends_send(&master, 1) < 0 ? -1 : stdio_set(fd, fd, fd);
}

static int job_run(int sock, int from, uint64_t caps)
{
	static char sh[] = "sh", c[] = "-c";
	if (fds_clear(sock, from) < 0 || orders_read() < 0)
		return -1;
	inherited_reset();
	if (filter_enter() < 0 || user_become(caps) < 0 || dir_enter() < 0)
		return -1;
	env_default("HOME", user.home);
	env_default("USER", user.name);
	env_default("LOGNAME", user.name);
	/* limits come last: this process may need more than they allow */
	if ((orders.tty != 0 ? terminal_make() : pipes_make()) < 0 || limits_take() < 0)
		return -1;
	char *argv[] = {sh, c, cmd, NULL};
	execve("/bin/sh", argv, env);
	return err_sys("start: run the zone's /bin/sh");
}

_Noreturn void job_become(int sock, int from, uint64_t caps)
{
	struct enter_news n = {.word = ENTER_FAILED};
	job_run(sock, from, caps);
	err_copy(&n.err);
	/* the zone can cause any errno, also those that make clients retry for ever */
	if (n.err.code != EINVAL && n.err.code != ENOENT)
		n.err.code = EIO;
	wire_send(FD_SOCK, &n, sizeof(n), NULL, 0);
	_exit(127);
}
