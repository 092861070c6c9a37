#include "base/resolv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/etcfile.h"
#include "base/fd.h"

enum { INTERFACES = 8 };

static const char file[] = "resolv.conf", word[] = "nameserver";

/* pasta makes its interface by tun(4). Those on a bridge are veth(4). */
static bool has_pasta(void)
{
	char path[48];
	for (int n = 0; n < INTERFACES; n++) {
		snprintf(path, sizeof(path), "/sys/class/net/eth%d/tun_flags", n);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* ---- the file ---- */

/* The address in a line that names a server; NULL: it names none. */
static const char *server_of(const char *line)
{
	size_t n = sizeof(word) - 1;
	if (strncmp(line, word, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
		return NULL;
	return line + n + strspn(line + n, " \t");
}

/* Where the line goes. A server of the zone's own is asked first; if it does not run it refuses at
 * once. Servers of IPv6 stay first, too: if the host has no other, nobody answers at ours. */
static size_t place_find(const char *text)
{
	size_t first = strlen(text);
	bool found = false;
	for (const char *line = text, *next; *line != '\0'; line = next) {
		const char *end = strchrnul(line, '\n'), *server = server_of(line);
		next = *end != '\0' ? end + 1 : end;
		if (server == NULL)
			continue;
		if (strncmp(server, "127.", 4) == 0 || strncmp(server, "::1", 3) == 0)
			return (size_t)(next - text);
		if (!found && memchr(server, ':', (size_t)(end - server)) == NULL) {
			first = (size_t)(line - text);
			found = true;
		}
	}
	return first;
}

static void servers_make(const struct buf *was, const char *server, struct buf *now)
{
	const char *text = buf_text(was);
	bool there = strstr(text, server) != NULL;
	size_t at = there ? was->len : place_find(text);
	buf_add(now, text, at);
	if (!there)
		buf_printf(
		    now, "%s%s %s\n", at > 0 && text[at - 1] != '\n' ? "\n" : "", word, server);
	buf_add(now, text + at, was->len - at);
}

/* ---- a link ---- */

/* In many images resolv.conf is a link to a file that systemd-resolved makes in /run. As long as it
 * does not exist ours is there, which systemd-resolved replaces. */
static int run_make(int etc, const char *server)
{
	char link[PATH_MAX], path[PATH_MAX], line[80];
	ssize_t n = readlinkat(etc, file, link, sizeof(link) - 1);
	if (n < 0)
		return err_sys("read /etc/%s", file);
	link[n] = '\0';
	const char *below = link + (strncmp(link, "..", 2) == 0 ? 2 : 0);
	if (strncmp(below, "/run/", 5) != 0 || strstr(below, "..") != NULL)
		return err_set(EINVAL, "/etc/%s is a link", file);
	snprintf(path, sizeof(path), "%s", below);
	for (char *slash = path + 5; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_sys("make %s", path);
	}
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : err_sys("make %s", path);
	n = snprintf(line, sizeof(line), "%s %s\n", word, server);
	return fd_write_all(fd, line, (size_t)n) < 0 ? err_sys("write %s", path) : 0;
}

int resolv_keep(const char *server)
{
	struct buf was = {0}, now = {0};
	struct stat st;
	if (!has_pasta())
		return 0;
	cleanup_fd int etc = etcfile_dir();
	if (etc < 0)
		return -1;
	int r = etcfile_read(etc, file, &was, &st);
	if (r == 0) {
		servers_make(&was, server, &now);
		r = etcfile_write(etc, file, &was, &now, &st);
	} else if (err_code() == ELOOP) {
		r = run_make(etc, server);
	}
	buf_finish(&was);
	buf_finish(&now);
	return r;
}
