#include "mount-helper/build/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/word.h"
#include "mount-helper/net/pasta.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/kit/remove.h"
#include "mount-helper/kit/sys.h"

static const struct {
	const char *path;
	mode_t mode;
} dirs[] = {
    {"etc", 0755},
    {"etc/ssl", 0755},
    {"etc/ld.so.conf.d", 0755},
    {"etc/profile.d", 0755},
    {"var", 0755},
    {"var/lib", 0755},
    {"var/log", 0755},
    {"var/tmp", 01777},
    {"var/cache", 0755},
    {"var/spool", 0755},
    {"var/mail", 0755},
    {"root", 0700},
    {"home", 0755},
};

static const struct {
	const char *path, *to;
} links[] = {
    {"var/run", "../run"},
    {"var/lock", "../run"},
    {"etc/mtab", "../proc/self/mounts"},
    {"etc/os-release", "../usr/lib/os-release"},
    {"etc/alternatives", "../run/host/alternatives"},
    {"etc/ld.so.cache", "../run/host/ld.so.cache"},
    {"etc/ssl/certs", "../../run/host/certs"},
};

static const struct {
	const char *path;
	mode_t mode;
	const char *text;
} files[] = {
    {"etc/passwd", 0644,
	"root:x:0:0:root:/root:/bin/sh\n"
	"daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
	"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
    {"etc/group", 0644,
	"root:x:0:\ndaemon:x:1:\ntty:x:5:\nmail:x:8:\nutmp:x:43:\nusers:x:100:\n"
	"nogroup:x:65534:\n"},
    {"etc/shadow", 0600,
	"root:*:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n"
	"nobody:*:19000:0:99999:7:::\n"},
    {"etc/gshadow", 0600, "root:*::\n"},
    {"etc/nsswitch.conf", 0644,
	"passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
	"networks: files\nprotocols: files\nservices: files\n"},
    {"etc/profile", 0644,
	"export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
	"for f in /etc/profile.d/*.sh; do [ -r \"$f\" ] && . \"$f\"; done; unset f\n"},
    {"etc/fstab", 0644, ""},
    {"etc/machine-id", 0444, ""},
};

/* Public files of the host that programs under /usr expect. */
static const char *const copied[] = {"protocols", "services", "shells", "localtime", "mime.types",
    "ld.so.conf", "host.conf", "networks", "inputrc", "bash.bashrc"};

static int file_write(int at, const char *path, mode_t mode, const char *text)
{
	cleanup_fd int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys("make %s", path);
	return fd_write_all(fd, text, strlen(text)) < 0 ? err_sys("write %s", path) : 0;
}

static void file_copy(int at, const char *name)
{
	char from[64], to[64];
	snprintf(from, sizeof(from), "/etc/%s", name);
	snprintf(to, sizeof(to), "etc/%s", name);
	cleanup_fd int in = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (in < 0 || fstat(in, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > 1 << 20)
		return;
	cleanup_fd int out = openat(at, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	for (off_t left = st.st_size; out >= 0 && left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);
		if (n <= 0)
			return;
		left -= n;
	}
}

/* Does this line of resolv.conf(5) name a server at 127.0.0.0/8, which in a zone is another one? */
static bool is_own_server(const char *line)
{
	static const char word[] = "nameserver";
	if (strncmp(line, word, sizeof(word) - 1) != 0)
		return false;
	line += sizeof(word) - 1;
	line += strspn(line, " \t");
	return strncmp(line, "127.", 4) == 0 || strncmp(line, "::1", 3) == 0;
}

/* Write resolv.conf: the host's name servers. pasta reaches the one at the host's 127.0.0.1. */
static int servers_write(int at)
{
	struct buf host = {0}, zone = {0};
	bool own = false;
	if (fd_read_at(-1, "/etc/resolv.conf", &host) < 0)
		err_clear(); /* then it has none */
	char *text = host.at;
	for (char *line; text != NULL && (line = word_line(&text)) != NULL;)
		if (is_own_server(line))
			own = true;
		else
			buf_printf(&zone, "%s\n", line);
	if (own)
		buf_str(&zone, "nameserver " PASTA_NAMES "\n");
	int result = file_write(at, "etc/resolv.conf", 0644, buf_text(&zone));
	buf_finish(&host);
	buf_finish(&zone);
	return result;
}

static int fill(int at)
{
	for (size_t i = 0; i < NELEM(dirs); i++)
		if (mkdirat(at, dirs[i].path, dirs[i].mode) < 0)
			return err_sys("make %s", dirs[i].path);
	for (size_t i = 0; i < NELEM(links); i++)
		if (symlinkat(links[i].to, at, links[i].path) < 0)
			return err_sys("make %s", links[i].path);
	for (size_t i = 0; i < NELEM(files); i++)
		if (file_write(at, files[i].path, files[i].mode, files[i].text) < 0)
			return -1;
	for (size_t i = 0; i < NELEM(copied); i++)
		file_copy(at, copied[i]);
	return servers_write(at);
}

enum { BESIDE = 64 };

static void beside_name(const char *name, char beside[BESIDE])
{
	snprintf(beside, BESIDE, "%s.new", name);
}

static int make_beside(int roots, const char *beside, uid_t owner)
{
	if (remove_all(roots, beside) < 0)
		return -1;
	if (mkdirat(roots, beside, 0700) < 0)
		return err_sys("make the zone's directory");
	cleanup_fd int at = openat(roots, beside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0 || fchown(at, owner, owner) < 0)
		return err_sys("make the zone's directory");
	mode_t mask = umask(0);
	setfsgid(owner);
	setfsuid(owner);
	int r = fill(at);
	setfsuid(0);
	setfsgid(0);
	umask(mask);
	return r;
}

/* Made under another name and renamed when complete, so that a crash leaves no half-filled one. */
static int private_make(int roots, const char *name, uid_t owner)
{
	char beside[BESIDE];
	struct err why;
	beside_name(name, beside);
	if (make_beside(roots, beside, owner) == 0) {
		if (renameat(roots, beside, roots, name) == 0)
			return 0;
		err_sys("make the zone's directory");
	}
	err_copy(&why);
	remove_all(roots, beside); /* the disk may be full */
	return err_restore(&why);
}

int private_forget(int roots, const char *name)
{
	char beside[BESIDE];
	beside_name(name, beside);
	return remove_all(roots, beside) < 0 ? -1 : remove_all(roots, name);
}

static int open_it(int roots, const char *name)
{
	return sys_openat2(
	    roots, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

bool private_is_there(int roots, const char *name)
{
	char layers[GROUP_NAME + 8];
	snprintf(layers, sizeof(layers), "%s.layers", name);
	return faccessat(roots, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       faccessat(roots, layers, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int private_open(int roots, const char *name, uid_t owner)
{
	cleanup_fd int fd = open_it(roots, name);
	if (fd < 0 && errno == ENOENT) {
		if (private_make(roots, name, owner) < 0)
			return err_wrap("the zone's private files");
		fd = open_it(roots, name);
	}
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys("open the zone's private files");
	if (st.st_uid != owner)
		return err_set(EPERM,
		    "the zone's private files belong to uid %u, the zone has %u: a zone keeps "
		    "its uids",
		    (unsigned)st.st_uid, (unsigned)owner);
	return fd_move(&fd);
}
