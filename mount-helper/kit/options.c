#include "mount-helper/kit/options.h"

#include <errno.h>
#include <getopt.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

/* Words that mount(8) passes to every file system. Both 0: for mount(8) itself, ignored here. */
static const struct word {
	const char *name;
	unsigned long set, clear;
} words[] = {
    {"_netdev", 0, 0},
    {"async", 0, MS_SYNCHRONOUS},
    {"atime", 0, MS_NOATIME},
    {"auto", 0, 0},
    {"defaults", 0, 0},
    {"dev", 0, 0}, /* ignored: the mount is nodev anyway */
    {"diratime", 0, MS_NODIRATIME},
    {"dirsync", MS_DIRSYNC, 0},
    {"exec", 0, MS_NOEXEC},
    {"group", 0, 0},
    {"lazytime", MS_LAZYTIME, 0},
    {"noatime", MS_NOATIME, 0},
    {"noauto", 0, 0},
    {"nodev", MS_NODEV, 0},
    {"nodiratime", MS_NODIRATIME, 0},
    {"noexec", MS_NOEXEC, 0},
    {"nofail", 0, 0},
    {"nolazytime", 0, MS_LAZYTIME},
    {"norelatime", 0, MS_RELATIME},
    {"nosuid", MS_NOSUID, 0},
    {"nouser", 0, 0},
    {"owner", 0, 0},
    {"relatime", MS_RELATIME, 0},
    {"ro", MS_RDONLY, 0},
    {"rw", 0, MS_RDONLY},
    {"strictatime", MS_STRICTATIME, 0},
    {"suid", 0, 0}, /* never */
    {"sync", MS_SYNCHRONOUS, 0},
    {"user", 0, 0},
    {"users", 0, 0},
};

static int generic_option(struct options *o, const char *word)
{
	char q[64];
	for (size_t i = 0; i < NELEM(words); i++) {
		if (strcmp(word, words[i].name) != 0)
			continue;
		o->flags = (o->flags & ~words[i].clear) | words[i].set;
		return 0;
	}
	if (strncmp(word, "x-", 2) == 0 || strncmp(word, "X-", 2) == 0 ||
	    strncmp(word, "comment=", 8) == 0 || strncmp(word, "user=", 5) == 0)
		return 0;
	return err_set(EINVAL,
	    "\"%s\" is not an option: give state=DIR, run=DIR, cgroup=NAME, log=LEVEL, or what "
	    "mount(8) gives every file system",
	    word_quote(word, q, sizeof(q)));
}

/* One level of a control group's path */
static bool is_plain(const char *name, size_t n)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@:";
	return n > 0 && n <= 63 && name[0] != '.' && strspn(name, plain) >= n;
}

static int group_option(struct options *o, const char *path)
{
	char q[64];
	bool good = path[0] != '\0' && strlen(path) <= GROUP_PATH_MAX;
	for (size_t at = 0, n; good && at <= strlen(path); at += n + 1) {
		n = strcspn(path + at, "/");
		good = is_plain(path + at, n);
	}
	if (!good)
		return err_set(EINVAL,
		    "cgroup: \"%s\" is not a group: give names of 1 to 63 of a-z A-Z 0-9 . _ - @ "
		    ":, with a / between them, %d bytes at most",
		    word_quote(path, q, sizeof(q)), GROUP_PATH_MAX);
	free(o->cgroup);
	o->cgroup = xstrdup(path);
	return 0;
}

static int dir_option(char **field, const char *key, const char *value)
{
	char q[128];
	if (value[0] != '/')
		return err_set(EINVAL, "%s=%s is no path that begins with /: give a whole one", key,
		    word_quote(value, q, sizeof(q)));
	free(*field);
	*field = xstrdup(value);
	return 0;
}

static int level_option(struct options *o, const char *word)
{
	int level = log_level_of(word);
	if (level < 0)
		return -1;
	o->level = (enum log_level)level;
	return 0;
}

static int one_option(struct options *o, const char *word)
{
	if (word[0] == '\0')
		return 0;
	if (strncmp(word, "state=", 6) == 0)
		return dir_option(&o->state, "state", word + 6);
	if (strncmp(word, "run=", 4) == 0)
		return dir_option(&o->run, "run", word + 4);
	if (strncmp(word, "cgroup=", 7) == 0)
		return group_option(o, word + 7);
	if (strncmp(word, "log=", 4) == 0)
		return level_option(o, word + 4);
	return generic_option(o, word);
}

static int list_of_options(struct options *o, const char *list)
{
	char *copy = xstrdup(list), *rest = copy, *word;
	int r = 0;
	while (r == 0 && (word = strsep(&rest, ",")) != NULL)
		r = one_option(o, word);
	free(copy);
	return r;
}

/* realpath(3) fails at a dead mount, which can't answer: then resolve its parent. */
static char *real_path(const char *path)
{
	char *real = realpath(path, NULL);
	if (real != NULL || errno != ENOTCONN)
		return real;
	char *copy = xstrdup(path);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	char *slash = strrchr(copy, '/');
	const char *last = slash != NULL ? slash + 1 : copy;
	char *parent = slash == NULL   ? realpath(".", NULL)
		       : slash == copy ? xstrdup("")
				       : (*slash = '\0', realpath(copy, NULL));
	if (parent != NULL)
		real = xasprintf("%s/%s", parent, last);
	free(parent);
	free(copy);
	return real;
}

static int paths_parse(struct options *o, int argc, char **argv)
{
	if (argc != 2)
		return err_set(EINVAL,
		    "%s: usage: mount.warren [-fd] SOURCE MOUNTPOINT [-o OPTIONS]",
		    argc < 2 ? "something is missing" : "there are too many words");
	o->source = argv[0][0] != '\0' ? argv[0] : "warren";
	o->mountpoint = real_path(argv[1]);
	if (o->mountpoint == NULL && errno == ENOENT)
		return err_set(ENOENT, "mount point %s does not exist: give a directory", argv[1]);
	return o->mountpoint == NULL ? err_sys("mount point %s", argv[1]) : 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){.level = LOG_LEVEL_WARN, .flags = MS_NOSUID | MS_NODEV};
	o->state = xstrdup("/var/lib/warren");
	o->run = xstrdup("/run/warren");
	o->cgroup = xstrdup("warren");
	opterr = 0;
	int c;
	while ((c = getopt(argc, argv, "fdsnvo:t:N:")) != -1) {
		if (c == 'f' || c == 'd')
			o->foreground = true;
		if (c == 'd')
			o->level = LOG_LEVEL_DEBUG;
		if (c == 'o' && list_of_options(o, optarg) < 0)
			return -1;
		if (c == '?')
			return err_set(EINVAL,
			    "-%c is not an option, or lacks its word: usage: "
			    "mount.warren [-fd] SOURCE MOUNTPOINT [-o OPTIONS]",
			    optopt);
	}
	return paths_parse(o, argc - optind, argv + optind);
}

void options_finish(struct options *o)
{
	free(o->mountpoint);
	free(o->state);
	free(o->run);
	free(o->cgroup);
	*o = (struct options){0};
}
