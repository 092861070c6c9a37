#include "mount-helper/net/pasta.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/kit/inherit.h"
#include "mount-helper/kit/node.h"
#include "mount-helper/kit/sys.h"
#include "mount-helper/kit/mount.h"

static const char program[] = PASTA;

enum { SECONDS = 20, WORDS = 512 };

enum { ARGUMENTS = 32 + 2 * NIC_PUBLISHED, ARGUMENT = 96 };

struct words {
	char *argv[ARGUMENTS + 1]; /* NULL behind the last */
	char text[ARGUMENTS][ARGUMENT];
	int n;
};

static void word_add(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void word_add(struct words *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(w->text[w->n], ARGUMENT, fmt, ap);
	va_end(ap);
	w->argv[w->n] = w->text[w->n];
	w->n++;
}

/* Say which ports are forwarded: without that pasta forwards all that it finds. */
static void ports_add(struct words *w, const struct helper_nic *nic, uint8_t udp)
{
	const char *option = udp ? "-u" : "-t";
	char ip[INET6_ADDRSTRLEN];
	bool any = false;
	for (int i = 0; i < nic->npublished; i++) {
		const struct helper_publish *p = &nic->published[i];
		if (p->udp != udp)
			continue;
		any = true;
		word_add(w, "%s", option);
		if (p->family == 0)
			word_add(w, "%u:%u", p->host, p->port);
		else
			word_add(w, "%s/%u:%u",
			    inet_ntop(
				p->family == 4 ? AF_INET : AF_INET6, p->bytes, ip, sizeof(ip)),
			    p->host, p->port);
	}
	if (!any) {
		word_add(w, "%s", option);
		word_add(w, "none");
	}
}

/* Execute pasta. It starts in the foreground, and goes to the background when all is ready; the
 * alarm bounds the former. The guard ends it with the zone, so that it need not watch for that
 * itself: newer ones would open a directory that they may not. Ports are forwarded to the zone as
 * the line says, and none from it. The host's services at 127.0.0.1 are not reached by the router's
 * address. */
static void pasta_exec(const struct pasta_zone *z, const char *eth, const struct helper_nic *nic)
{
	static char *env[] = {NULL};
	static struct words w;
	const uint8_t *m = nic->mac;
	const char *const fixed[] = {"pasta", "--quiet", "--config-net", "--no-map-gw", "-T",
	    "none", "-U", "none", "--no-netns-quit", "--dns-forward", PASTA_NAMES, "-I", eth,
	    "--ns-mac-addr"};
	for (size_t i = 0; i < NELEM(fixed); i++)
		word_add(&w, "%s", fixed[i]);
	word_add(&w, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	if (nic->mtu != 0) {
		word_add(&w, "-m");
		word_add(&w, "%u", (unsigned)nic->mtu);
	}
	ports_add(&w, nic, 0);
	ports_add(&w, nic, 1);
	word_add(&w, "%d", (int)z->pid);
	alarm(SECONDS);
	execve(program, w.argv, env);
}

/* Without udev the host's /dev/net/tun is root's alone. So pasta sees a node of the same kind
 * there, which belongs to the monitor's uid. */
static int tun_give(uid_t monitor)
{
	static const char *const options[] = {"mode", "0755", NULL};
	struct stat host;
	if (stat("/dev/net/tun", &host) < 0 || !S_ISCHR(host.st_mode))
		return err_set(EOPNOTSUPP, "there is no /dev/net/tun: modprobe tun");
	if (unshare(CLONE_NEWNS) < 0 || sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys("make a mount namespace");
	cleanup_fd int dir = mount_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (dir < 0 || node_make(dir, "tun", major(host.st_rdev), minor(host.st_rdev), 0600) < 0)
		return -1;
	if (fchownat(dir, "tun", monitor, monitor, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("give tun away");
	return mount_attach(dir, AT_FDCWD, "/dev/net");
}

static int user_become(uid_t monitor, bool low)
{
	return low ? caps_become_with(monitor, monitor, CAP_NET_BIND_SERVICE)
		   : caps_become(monitor, monitor);
}

static _Noreturn void pasta_run(
    const struct pasta_zone *z, int words, const char *eth, const struct helper_nic *nic)
{
	int null = open("/dev/null", O_RDWR);
	if (tun_give(z->monitor) == 0 && user_become(z->monitor, nic->low) == 0 && null >= 0 &&
	    dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(words, 2) >= 0 &&
	    sys_close_range(3, 0) == 0 && chdir("/") == 0) {
		pasta_exec(z, eth, nic);
		dprintf(2, "run %s: %s\n", program, strerror(errno));
	} else {
		dprintf(words, "%s\n", err_text());
	}
	_exit(127);
}

/* ---- the guard ---- */

static void child_ended(int signal)
{
	(void)signal;
}

/* Until the zone has ended, or pasta. */
static void guard_wait(int zone)
{
	sigset_t block, none;
	struct pollfd end = {.fd = zone, .events = POLLIN};
	sigemptyset(&none);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	signal(SIGCHLD, child_ended);
	pid_t left;
	do
		while ((left = waitpid(-1, NULL, WNOHANG)) > 0)
			;
	while (left == 0 && ppoll(&end, 1, NULL, &none) < 0);
}

/* pasta holds the zone's network namespace, would outlive the zone, and ignores all signals but
 * SIGKILL. So its guard is process 1 of a pid namespace around it and ends with the zone, whether a
 * daemon is there or not: then the kernel ends pasta. The guard keeps no descriptor of the helper's
 * open, as that would keep the mount. */
static _Noreturn void guard_run(
    const struct pasta_zone *z, const int ends[3], const char *eth, const struct helper_nic *nic)
{
	enum { ZONE = 3, STATUS, FDS };
	int status, none = -1, fds[FDS] = {-1, -1, -1, ends[0], ends[1]};
	prctl(PR_SET_NAME, "warren-pasta");
	pid_t pid = group_enter(z->join, 1) < 0 ? -1 : fork();
	if (pid == 0)
		pasta_run(z, ends[2], eth, nic);
	if (pid < 0 || caps_become(z->monitor, z->monitor) < 0 ||
	    inherit_fds(fds, FDS, &none) < 0) {
		dprintf(ends[2], "%s\n", err_text());
		_exit(1);
	}
	if (chdir("/") < 0 || sys_close_range(FDS, 0) < 0 || waitpid(pid, &status, 0) != pid ||
	    write(STATUS, &status, sizeof(status)) != (ssize_t)sizeof(status))
		_exit(1);
	close(STATUS);
	if (status == 0)
		guard_wait(ZONE);
	_exit(0);
}

/* The guard is a child of the helper, which waits for all its children. This process may become the
 * monitor, which does not. */
static int guard_start(const struct pasta_zone *z, int status, int words, const char *eth,
    const struct helper_nic *nic)
{
	cleanup_fd int zone = sys_pidfd_open(z->pid);
	if (zone < 0)
		return err_sys("hold process 1");
	long pid = sys_clone3(&(struct sys_clone){.flags = CLONE_NEWPID | CLONE_PARENT});
	if (pid == 0)
		guard_run(z, (int[]){zone, status, words}, eth, nic);
	return pid < 0 ? err_sys("start pasta") : 0;
}

/* Read the last line that is not empty. In the background pasta has no standard error. */
static void words_read(int fd, char words[WORDS])
{
	size_t len = 0;
	ssize_t n;
	while (len < WORDS - 1 && (n = read(fd, words + len, WORDS - 1 - len)) > 0)
		len += (size_t)n;
	words[len] = '\0';
	while (len > 0 && (words[len - 1] == '\n' || words[len - 1] == ' '))
		words[--len] = '\0';
	char *last = strrchr(words, '\n');
	if (last != NULL)
		memmove(words, last + 1, strlen(last + 1) + 1);
	for (char *p = words; *p != '\0'; p++)
		*p = *p < ' ' || *p > '~' ? '?' : *p;
}

int pasta_look(void)
{
	return access(program, X_OK) == 0
		   ? 0
		   : err_set(
			 EOPNOTSUPP, "there is no %s: install passt, or give bridge=NAME", program);
}

/* What pasta says of the host, in our words. Before version 2024_11 it does not begin without a
 * route: passt's conf.c. */
static const struct {
	const char *words, *ours;
} of_host[] = {
    {"External interface not usable",
	"the host has no way out: give it a default route (ip route add default via ROUTER), "
	"or give bridge=NAME"},
    {"Couldn't open network namespace",
	"pasta may not enter the zone's network: see whether a profile of AppArmor or SELinux "
	"confines it"},
};

static int words_refuse(const char *words)
{
	for (size_t i = 0; i < NELEM(of_host); i++)
		if (strstr(words, of_host[i].words) != NULL)
			return err_set(EOPNOTSUPP, "%s", of_host[i].ours);
	return err_set(
	    EIO, "pasta did not begin, and says \"%s\": mend that, or give bridge=NAME", words);
}

int pasta_start(const struct pasta_zone *z, const char *eth, const struct helper_nic *nic)
{
	char words[WORDS];
	int said[2], ended[2], status;
	if (pipe2(said, O_CLOEXEC) < 0)
		return err_sys("pipe");
	cleanup_fd int words_in = said[0], words_out = said[1];
	if (pipe2(ended, O_CLOEXEC) < 0)
		return err_sys("pipe");
	cleanup_fd int status_in = ended[0], status_out = ended[1];
	if (guard_start(z, status_out, words_out, eth, nic) < 0)
		return -1;
	fd_close(&words_out);
	fd_close(&status_out);
	words_read(words_in, words);
	if (read(status_in, &status, sizeof(status)) != (ssize_t)sizeof(status))
		return err_set(EIO, "pasta was not started: %s", words);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM
			   ? err_set(EIO, "pasta did not begin within %d s: try it again", SECONDS)
			   : err_set(EIO, "pasta was killed by signal %d as it began: try it again",
				 WTERMSIG(status));
	return status != 0 ? words_refuse(words) : 0;
}
