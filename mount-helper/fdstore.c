#include "mount-helper/fdstore.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "mount-helper/kit/mountinfo.h"
#include "mount-helper/kit/sys.h"

enum { FIRST = 3 /* SD_LISTEN_FDS_START */, MOST = 64, NAME = 96 };

/* Names under which systemd keeps the descriptors: the kind, then mount and instance. */
static const char fuse_is[] = "fuse-", handover_is[] = "handover-";
static char kept_of[NAME]; /* mount and instance of what was taken */

static void name_of(const struct helper *h, dev_t device, char name[NAME])
{
	struct stat state = {0}, run = {0};
	fstat(h->dirs.state, &state);
	fstat(h->dirs.run, &run);
	snprintf(name, NAME, "%u-%u-%ju-%ju", major(device), minor(device), (uintmax_t)state.st_ino,
	    (uintmax_t)run.st_ino);
}

int fdstore_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	long n = pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid()
		     ? strtol(fds, NULL, 10)
		     : 0;
	return n > 0 && n <= MOST ? (int)n : 0;
}

/* The latest of its kind: those of an earlier mount may still be kept. */
static int name_find(char *const names[], int count, const char *what, const char *of)
{
	size_t n = strlen(what);
	for (int i = count - 1; i >= 0; i--)
		if (strncmp(names[i], what, n) == 0 &&
		    (of[0] == '\0' || strcmp(names[i] + n, of) == 0))
			return i;
	return -1;
}

void fdstore_receive(struct helper *h, int count)
{
	const char *list = getenv("LISTEN_FDNAMES");
	char *copy = xstrdup(list != NULL ? list : ""), *rest = copy, *names[MOST] = {NULL};
	static char none[] = "";
	for (int i = 0; i < count; i++)
		names[i] = rest != NULL ? strsep(&rest, ":") : none;
	int fuse = name_find(names, count, fuse_is, ""), handover = -1;
	if (fuse >= 0) {
		snprintf(kept_of, sizeof(kept_of), "%s", names[fuse] + strlen(fuse_is));
		handover = name_find(names, count, handover_is, kept_of);
	}
	for (int i = 0; i < count; i++)
		if (handover >= 0 && (i == fuse || i == handover))
			fcntl(FIRST + i, F_SETFD, FD_CLOEXEC);
		else
			close(FIRST + i);
	h->fuse = handover < 0 ? -1 : FIRST + fuse;
	h->handover = handover < 0 ? -1 : FIRST + handover;
	free(copy);
}

struct search {
	const struct helper *h;
	dev_t device; /* of the mount at our mount point; 0: none */
	char at[PATH_MAX]; /* where what was taken is mounted, else "" */
};

static int mount_seen(const struct mountinfo *m, void *arg)
{
	struct search *s = arg;
	unsigned high, low, of_high, of_low;
	if (strcmp(m->type, "fuse.warren") != 0 || sscanf(m->device, "%u:%u", &high, &low) != 2)
		return 0;
	if (strcmp(m->at, s->h->opt.mountpoint) == 0)
		s->device = makedev(high, low);
	if (sscanf(kept_of, "%u-%u-", &of_high, &of_low) == 2 && high == of_high && low == of_low)
		snprintf(s->at, sizeof(s->at), "%s", m->at);
	return 0;
}

bool fdstore_is_ours(struct helper *h)
{
	struct search s = {.h = h};
	char name[NAME];
	if (h->fuse < 0)
		return false;
	mountinfo_each(mount_seen, &s);
	name_of(h, s.device, name);
	if (strcmp(name, kept_of) == 0) {
		h->device = s.device;
		return true;
	}
	if (s.at[0] != '\0')
		sys_umount(s.at, SYS_DETACH);
	fd_close(&h->fuse);
	fd_close(&h->handover);
	return false;
}

static bool send_one(
    int sock, const struct sockaddr_un *to, socklen_t size, const char *text, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = {.head = {.cmsg_level = SOL_SOCKET,
		   .cmsg_type = SCM_RIGHTS,
		   .cmsg_len = CMSG_LEN(sizeof(int))}};
	memcpy(CMSG_DATA(&c.head), &fd, sizeof(fd));
	struct iovec bytes = {(void *)(uintptr_t)text, strlen(text)};
	struct msghdr m = {.msg_name = (void *)(uintptr_t)to,
	    .msg_namelen = size,
	    .msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = &c,
	    .msg_controllen = sizeof(c)};
	return sendmsg(sock, &m, MSG_NOSIGNAL) >= 0;
}

static bool send_both(
    const struct helper *h, int sock, const struct sockaddr_un *to, socklen_t size)
{
	char of[NAME], text[2][NAME * 2];
	name_of(h, h->device, of);
	snprintf(text[0], sizeof(text[0]), "FDSTORE=1\nFDNAME=%s%s", fuse_is, of);
	snprintf(text[1], sizeof(text[1]), "FDSTORE=1\nFDNAME=%s%s", handover_is, of);
	return send_one(sock, to, size, text[0], h->fuse) &&
	       send_one(sock, to, size, text[1], h->handover);
}

bool fdstore_store(const struct helper *h)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (!h->service || path == NULL || strlen(path) >= sizeof(to.sun_path))
		return false;
	memcpy(to.sun_path, path, strlen(path));
	if (path[0] == '@') /* an abstract one */
		to.sun_path[0] = '\0';
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	cleanup_fd int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool kept = sock >= 0 && send_both(h, sock, &to, size);
	if (!kept)
		log_warn("systemd does not keep the mount over a restart: %s", strerror(errno));
	return kept;
}
