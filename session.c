#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

enum { LEAVE = 0x1d, EXIT_USAGE = 2 }; /* ctrl-] */

static int caught; /* a signal that ends the session */
static bool resized;
static int wake[2] = {-1, -1}; /* a pipe, so that a signal that comes just before poll is not
				* missed */

static void on_signal(int s)
{
	int saved = errno;
	if (s == SIGWINCH)
		resized = true;
	else
		caught = s;
	(void)!write(wake[1], "", 1);
	errno = saved;
}

/* ---- which directory ---- */

static bool dir_has(const char *mount, const char *dir, const char *name, char **found)
{
	char *path = xasprintf("%s/%s%s/console", mount, dir, name);
	bool there = access(path, F_OK) == 0;
	path[strlen(path) - strlen("/console")] = '\0';
	if (!there || (*found != NULL && strcmp(*found, path) == 0)) {
		free(path);
		return there;
	}
	if (*found != NULL)
		err_set(EINVAL, "both %s and %s: give zones/%s or vms/%s, or -m MOUNTPOINT", *found,
		    path, name, name);
	free(*found);
	*found = path;
	return true;
}

static void look_in(const char *mount, const char *name, char **found)
{
	static const char *const dirs[] = {"zones/", "vms/"};
	for (size_t i = 0; i < NELEM(dirs); i++) {
		if (strncmp(name, dirs[i], strlen(dirs[i])) == 0)
			dir_has(mount, dirs[i], name + strlen(dirs[i]), found);
		else if (strchr(name, '/') == NULL)
			dir_has(mount, dirs[i], name, found);
	}
}

/* In /proc/self/mounts blanks and the like are \ooo (proc(5)). */
static void unescape(char *s)
{
	char *to = s;
	for (; *s != '\0'; s++)
		if (s[0] == '\\' && s[1] != '\0' && s[2] != '\0' && s[3] != '\0') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	*to = '\0';
}

/* The directory of NAME, the caller's; NULL: there is none, or more than one. */
static char *zone_find_dir(const char *mount, const char *name)
{
	char *found = NULL, q[80];
	struct buf b = {0};
	if (mount != NULL)
		look_in(mount, name, &found);
	else if (fd_read_at(-1, "/proc/self/mounts", &b) < 0)
		return NULL;
	char *rest = b.at;
	for (char *line; (line = word_line(&rest)) != NULL;) {
		char *device = strsep(&line, " "), *at = strsep(&line, " "),
		     *type = strsep(&line, " ");
		if (device == NULL || at == NULL || type == NULL ||
		    strcmp(type, "fuse.warren") != 0)
			continue;
		unescape(at);
		look_in(at, name, &found);
	}
	buf_finish(&b);
	if (found == NULL)
		err_set(ENOENT,
		    "there is no zone or VM %s%s%s: give a name as in list, or -m MOUNTPOINT",
		    word_quote(name, q, sizeof(q)), mount != NULL ? " below " : "",
		    mount != NULL ? mount : "");
	if (found != NULL && err_text()[0] != '\0') {
		free(found);
		found = NULL;
	}
	return found;
}

/* ---- the session ---- */

struct session {
	char *dir; /* owned */
	int out, in; /* the console, to read and to write; owned */
	bool typing; /* standard input is not at its end */
	bool ended; /* the console is at its end: the zone does not run */
};

static int session_open(const struct session *s, const char *file, int flags)
{
	char *path = xasprintf("%s/%s", s->dir, file);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err_sys("%s", path);
	free(path);
	return fd;
}

/* Print the tree's sentence about a refused write. */
static int refusal_print(const struct session *s)
{
	struct buf b = {0};
	char *path = xasprintf("%s/error", s->dir);
	int code = errno;
	if (fd_read_at(-1, path, &b) < 0)
		err_set(code, "%s: %s", s->dir, strerror(code));
	else
		err_set(code, "%.*s", (int)strcspn(buf_text(&b), "\n"), buf_text(&b));
	buf_finish(&b);
	free(path);
	return -1;
}

/* A VM's ctl takes no size, and one that is refused is no reason to end. */
static bool takes_size(const struct session *s)
{
	struct buf b = {0};
	char *path = xasprintf("%s/ctl", s->dir);
	bool takes = fd_read_at(-1, path, &b) == 0 && strstr(buf_text(&b), "# size ") != NULL;
	buf_finish(&b);
	free(path);
	return takes;
}

static void tell_size(const struct session *s)
{
	struct winsize w;
	resized = false;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row == 0 || w.ws_col == 0 ||
	    !takes_size(s))
		return;
	cleanup_fd int ctl = session_open(s, "ctl", O_WRONLY);
	if (ctl >= 0)
		dprintf(ctl, "size %d %d\n", w.ws_row, w.ws_col);
	err_clear();
}

/* 1: the console is at its end. A new daemon's poll may promise what a read does not find. */
static int show(struct session *s)
{
	char bytes[32 << 10];
	ssize_t n = read(s->out, bytes, sizeof(bytes));
	if (n > 0)
		return fd_write_all(STDOUT_FILENO, bytes, (size_t)n) < 0 ? err_sys("output") : 0;
	s->ended = n == 0;
	return s->ended ? 1 : errno == EINTR || errno == EAGAIN ? 0 : err_sys("%s/console", s->dir);
}

/* Print why there is no more output: it was halted, has failed, or was never booted. */
static void tell_state(const struct session *s)
{
	struct buf b = {0};
	char *path = xasprintf("%s/state", s->dir);
	if (fd_read_at(-1, path, &b) == 0)
		fprintf(
		    stderr, "%s is %.*s\n", s->dir, (int)strcspn(buf_text(&b), "\n"), buf_text(&b));
	buf_finish(&b);
	free(path);
}

/* 1: the user leaves */
static int input_send(struct session *s, bool terminal)
{
	char bytes[4096];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
	s->typing = n > 0 || (n < 0 && errno == EINTR);
	char *leave = n > 0 && terminal ? memchr(bytes, LEAVE, (size_t)n) : NULL;
	size_t len = leave != NULL ? (size_t)(leave - bytes) : n > 0 ? (size_t)n : 0;
	if (len > 0 && write(s->in, bytes, len) < 0 &&
	    errno != EINTR) /* the bytes are typed all the same */
		return refusal_print(s);
	return leave != NULL ? 1 : 0;
}

static int session_run(struct session *s, bool terminal)
{
	int result = 0;
	if (terminal)
		tell_size(s);
	while (result == 0 && caught == 0) {
		struct pollfd p[] = {{.fd = s->out, .events = POLLIN},
		    {.fd = s->typing ? STDIN_FILENO : -1, .events = POLLIN},
		    {.fd = wake[0], .events = POLLIN}};
		char drop[64];
		if (poll(p, NELEM(p), -1) < 0)
			continue;
		if (p[2].revents != 0)
			(void)!read(wake[0], drop, sizeof(drop));
		if (p[0].revents != 0)
			result = show(s);
		if (resized && terminal) /* before what was typed since */
			tell_size(s);
		if (result == 0 && p[1].revents != 0)
			result = input_send(s, terminal);
	}
	return result;
}

static void catch_signals(void)
{
	static const int signals[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
	struct sigaction sa = {.sa_handler = on_signal};
	for (size_t i = 0; i < NELEM(signals); i++)
		sigaction(signals[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Makes the terminal raw, and restores it however the session ends. */
static int session_begin(struct session *s)
{
	struct termios was, raw;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys("pipe");
	catch_signals();
	s->typing = true;
	if (terminal) {
		fprintf(stderr, "%s; ctrl-] leaves\r\n", s->dir);
		raw = was;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	int result = session_run(s, terminal);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &was);
		fputs("\r\n", stderr);
	}
	if (s->ended)
		tell_state(s);
	return result;
}

int console_main(int argc, char **argv)
{
	const char *mount = NULL;
	int opt;
	while ((opt = getopt(argc, argv, "m:")) == 'm')
		mount = optarg;
	if (opt != -1 || optind + 1 != argc) {
		fputs("usage: warren console [-m MOUNTPOINT] NAME\n"
		      "  NAME as in list, or zones/NAME or vms/NAME; ctrl-] leaves\n",
		    stderr);
		return EXIT_USAGE;
	}
	struct session s = {.dir = zone_find_dir(mount, argv[optind]), .out = -1, .in = -1};
	int result = s.dir == NULL ||
			     (s.out = session_open(&s, "console", O_RDONLY | O_NONBLOCK)) < 0 ||
			     (s.in = session_open(&s, "console", O_WRONLY)) < 0
			 ? -1
			 : session_begin(&s);
	if (result < 0)
		fprintf(stderr, "warren: %s\n", err_text());
	fd_close(&s.out);
	fd_close(&s.in);
	free(s.dir);
	return caught != 0 ? 128 + caught : result < 0;
}
