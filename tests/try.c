/* One system call for a script, which wants to see its errno:  try CALL ARGUMENT...
 * Prints "ok", or the errno's name. In the environment AS=UID makes it as that user,
 * AS_GROUPS="GID..." with these groups, the first his own. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { GROUPS = 32, MESSAGE = 1 << 20, PATIENCE = 60 };

static int try_mkdir(char **a)
{
	return mkdir(a[0], 0777);
}

static int try_rmdir(char **a)
{
	return rmdir(a[0]);
}

static int try_rename(char **a)
{
	return rename(a[0], a[1]);
}

static int try_unlink(char **a)
{
	return unlink(a[0]);
}

static int try_symlink(char **a)
{
	return symlink(a[0], a[1]);
}

static int try_link(char **a)
{
	return link(a[0], a[1]);
}

static int try_mkfifo(char **a)
{
	return mkfifo(a[0], 0600);
}

static int try_create(char **a)
{
	return open(a[0], O_WRONLY | O_CREAT | O_EXCL, 0666);
}

static int try_chmod(char **a)
{
	return chmod(a[1], (mode_t)strtoul(a[0], NULL, 8));
}

static int try_chown(char **a)
{
	return chown(a[1], (uid_t)strtol(a[0], NULL, 10), (gid_t)-1);
}

static int try_truncate(char **a)
{
	return truncate(a[1], strtol(a[0], NULL, 10));
}

static int try_read(char **a)
{
	char text[4096];
	int fd = open(a[0], O_RDONLY);
	return fd < 0 ? -1 : (int)read(fd, text, sizeof(text));
}

/* Until it can be read. */
static int try_epoll(char **a)
{
	struct epoll_event e = {.events = EPOLLIN};
	int fd = open(a[0], O_RDONLY), ep = epoll_create1(0);
	alarm(PATIENCE);
	return fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) < 0 ? -1 : epoll_wait(ep, &e, 1, -1);
}

/* What standard input has, in one write. */
static int try_write(char **a)
{
	static char text[MESSAGE];
	size_t len = 0;
	for (ssize_t n; (n = read(0, text + len, sizeof(text) - len)) > 0;)
		len += (size_t)n;
	alarm(PATIENCE);
	int fd = open(a[0], O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, text, len);
	if (n >= 0 && (size_t)n < len) {
		printf("short:%zd", n);
		exit(0);
	}
	return (int)n;
}

/* VALUE NAME FILE: the value's bytes as hexadecimal digits */
static int try_setxattr(char **a)
{
	unsigned char value[256];
	size_t n = 0;
	for (const char *p = a[0]; n < sizeof(value) && sscanf(p, "%2hhx", &value[n]) == 1; p += 2)
		n++;
	return setxattr(a[2], a[1], value, n, 0);
}

static int try_getxattr(char **a)
{
	unsigned char value[256];
	ssize_t n = getxattr(a[1], a[0], value, sizeof(value));
	for (ssize_t i = 0; i < n; i++)
		printf("%02x", value[i]);
	if (n >= 0)
		exit(0);
	return -1;
}

static const struct {
	const char *name;
	int words;
	int (*call)(char **);
} calls[] = {
    {"mkdir", 1, try_mkdir},
    {"rmdir", 1, try_rmdir},
    {"rename", 2, try_rename},
    {"unlink", 1, try_unlink},
    {"symlink", 2, try_symlink},
    {"link", 2, try_link},
    {"mkfifo", 1, try_mkfifo},
    {"create", 1, try_create},
    {"chmod", 2, try_chmod},
    {"chown", 2, try_chown},
    {"truncate", 2, try_truncate},
    {"read", 1, try_read},
    {"epoll", 1, try_epoll},
    {"write", 1, try_write},
    {"setxattr", 3, try_setxattr},
    {"getxattr", 2, try_getxattr},
};

static void become(const char *user, const char *groups)
{
	uid_t uid = (uid_t)strtoul(user, NULL, 10);
	gid_t list[GROUPS];
	size_t n = 0;
	char *end;
	for (const char *p = groups != NULL ? groups : user; n < GROUPS; p = end) {
		gid_t gid = (gid_t)strtoul(p, &end, 10);
		if (end == p)
			break;
		list[n++] = gid;
	}
	if (n == 0 || setgroups(n, list) < 0 || setresgid(list[0], list[0], list[0]) < 0 ||
	    setresuid(uid, uid, uid) < 0) {
		perror("try: become another user");
		exit(2);
	}
}

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc > 1 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(argv[1], calls[i].name) != 0 || argc - 2 != calls[i].words)
			continue;
		if (getenv("AS") != NULL)
			become(getenv("AS"), getenv("AS_GROUPS"));
		fputs(calls[i].call(argv + 2) >= 0 ? "ok" : strerrorname_np(errno), stdout);
		return 0;
	}
	fputs("usage: try CALL ARGUMENT...\n", stderr);
	return 2;
}
