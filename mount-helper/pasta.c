#include "mount-helper/pasta.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/fd.h"
#include "mount-helper/caps.h"
#include "mount-helper/root.h"
#include "mount-helper/sys.h"
#include "mount-helper/tree.h"

static const char program[] = PASTA;

enum { SECONDS = 20, WORDS = 512 };

/* It begins in the foreground, and goes on in the background when all is ready. The alarm is for the
 * former alone. No port is forwarded to the zone or from it, and the host's own services at 127.0.0.1
 * are not to be reached by way of the router's address. */
static void become(const struct pasta_zone *z, const char *eth, const struct helper_nic *nic)
{
	char mac[24], pid[16], mtu[16];
	const uint8_t *m = nic->mac;
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		m[5]);
	snprintf(pid, sizeof(pid), "%d", (int)z->pid);
	snprintf(mtu, sizeof(mtu), "%u", (unsigned)nic->mtu);
	const char *argv[] = {"pasta", "--config-net", "--no-map-gw", "-t", "none", "-u", "none",
		"-T", "none", "-U", "none", "-I", eth, "--ns-mac-addr", mac, "--dns-forward",
		PASTA_NAMES, pid, NULL, NULL, NULL};
	if (nic->mtu != 0) {
		argv[17] = "-m";
		argv[18] = mtu;
		argv[19] = pid;
	}
	static char *env[] = {NULL};
	alarm(SECONDS);
	execve(program, (char *const *)(uintptr_t)argv, env);
}

/* The host's /dev/net/tun is root's alone where no udev gives it to everybody. So pasta sees another of that
 * kind there, which is the monitor's. */
static int tun_give(uid_t monitor)
{
	static const char *const options[] = {"mode", "0755", NULL};
	struct stat host;
	if (stat("/dev/net/tun", &host) < 0 || !S_ISCHR(host.st_mode))
		return err_set(EOPNOTSUPP, "there is no /dev/net/tun: modprobe tun");
	if (unshare(CLONE_NEWNS) < 0 || sys_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys("make a mount namespace");
	cleanup_fd int dir = tree_new("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (dir < 0 || node_make(dir, "tun", major(host.st_rdev), minor(host.st_rdev), 0600) < 0)
		return -1;
	if (fchownat(dir, "tun", monitor, monitor, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys("give tun away");
	return tree_attach(dir, AT_FDCWD, "/dev/net");
}

static _Noreturn void child(
	const struct pasta_zone *z, int words, const char *eth, const struct helper_nic *nic)
{
	int null = open("/dev/null", O_RDWR);
	if (group_enter(z->way, 1) == 0 && tun_give(z->monitor) == 0 &&
		caps_become(z->monitor, z->monitor) == 0 && null >= 0 && dup2(null, 0) >= 0 &&
		dup2(null, 1) >= 0 && dup2(words, 2) >= 0 && sys_close_range(3, 0) == 0 &&
		chdir("/") == 0) {
		become(z, eth, nic);
		dprintf(2, "run %s: %s\n", program, strerror(errno));
	} else {
		dprintf(words, "%s\n", err_text());
	}
	_exit(127);
}

/* The last line that says something. In the background pasta keeps no standard error. */
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

int pasta_start(const struct pasta_zone *z, const char *eth, const struct helper_nic *nic)
{
	char words[WORDS];
	int ends[2], status = 0;
	if (access(program, X_OK) < 0)
		return err_set(
			EOPNOTSUPP, "there is no %s: install passt, or give bridge=NAME", program);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("pipe");
	pid_t pid = fork();
	if (pid == 0)
		child(z, ends[1], eth, nic);
	close(ends[1]);
	if (pid > 0)
		words_read(ends[0], words);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return err_sys("start pasta");
	if (WIFSIGNALED(status))
		return err_set(EIO, "pasta was killed by signal %d as it began", WTERMSIG(status));
	return status != 0 ? err_set(EIO, "pasta: %s", words) : 0;
}
