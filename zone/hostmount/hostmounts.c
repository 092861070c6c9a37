/* A zone's host mounts. The helper opens each as the user who wrote it, at the write and at each
 * boot, and keeps account of what is mounted: a second request for the same list changes
 * nothing. */
#include "zone/hostmount/hostmounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/hostpath.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/error.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "host/ask.h"

enum { MOST = HELPER_HOSTMOUNTS / 2, WORDS = 4 };

/* ---- lines ---- */

struct line {
	char *source, *target;
	enum helper_use use;
	uint64_t size; /* of memory */
	char memory[16]; /* its source */
};

static bool is_or_below(const char *path, const char *above)
{
	size_t n = strlen(above);
	return strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static int target_check(const char *target, const char *wanted)
{
	static const char *const kept[] = {"/proc", "/sys", "/dev"};
	if (strcmp(target, "/") == 0)
		return err_set(EINVAL, "/ itself can't be a target: %s", wanted);
	for (size_t i = 0; i < NELEM(kept); i++)
		if (is_or_below(target, kept[i]))
			return err_set(EINVAL, "%s is the zone's own: %s", kept[i], wanted);
	return 0;
}

static int memory_word(char *word, struct line *l, char mode[8], const char *wanted)
{
	char *value = strchr(word, '='), q[64];
	if (strncmp(word, "size=", 5) == 0 && l->size == 0)
		return word_size(value + 1, wanted, &l->size);
	size_t n = value != NULL ? strlen(value + 1) : 0;
	if (strncmp(word, "mode=", 5) == 0 && n >= 3 && n <= 4 &&
	    strspn(value + 1, "01234567") == n) {
		snprintf(mode, 8, "%s", value + 1);
		return 0;
	}
	return err_set(EINVAL, "\"%s\" is neither size=BYTES nor mode=OCTAL, once: %s",
	    word_quote(word, q, sizeof(q)), wanted);
}

/* Parse tmpfs TARGET size=BYTES mode=OCTAL. The helper gets the mode in the place of a path. */
static int memory_parse(char **w, int n, struct line *l, const char *wanted)
{
	char mode[8] = "1777";
	*l = (struct line){l->memory, w[n > 1 ? 1 : 0], USE_MOUNT_MEMORY, 0, ""};
	for (int i = 2; i < n; i++)
		if (memory_word(w[i], l, mode, wanted) < 0)
			return -1;
	if (n < 2 || l->size == 0)
		return err_set(EINVAL, "tmpfs has no target, or no size=: %s", wanted);
	if (l->size > UINT64_C(1) << 50)
		return err_set(ERANGE, "a tmpfs of more than 1024T: %s", wanted);
	snprintf(l->memory, sizeof(l->memory), "tmpfs %s", mode);
	return hostpath_parse(l->target, wanted) < 0 ? -1 : target_check(l->target, wanted);
}

static int mount_parse(char *text, struct line *l, const char *wanted)
{
	char *w[WORDS], q[64];
	int n = hostpath_words(text, w, WORDS);
	if (n > 0 && strcmp(w[0], "tmpfs") == 0)
		return memory_parse(w, n, l, wanted);
	if (n != 3 && n != 4)
		return err_set(EINVAL, "a line has not three words, or four: %s", wanted);
	bool reads = strcmp(w[2], "ro") == 0;
	if (!reads && strcmp(w[2], "rw") != 0)
		return err_set(EINVAL, "\"%s\" is neither ro nor rw: %s",
		    word_quote(w[2], q, sizeof(q)), wanted);
	if (n == 4 && (reads || strcmp(w[3], "owner=zone") != 0))
		return err_set(EINVAL, "\"%s\" is not owner=zone behind rw: %s",
		    word_quote(w[3], q, sizeof(q)), wanted);
	*l = (struct line){.source = w[0],
	    .target = w[1],
	    .use = reads    ? USE_MOUNT_READ
		   : n == 4 ? USE_MOUNT_OWN
			    : USE_MOUNT_WRITE};
	if (hostpath_parse(l->source, wanted) < 0 || hostpath_parse(l->target, wanted) < 0)
		return -1;
	return target_check(l->target, wanted);
}

/* Refuse devices that each zone has of its own: the host's node over it would be its root's
 * alone. */
static int own_device_check(const char *path, const char *wanted)
{
	static const char *const own[] = {"null", "zero", "full", "random", "urandom", "tty",
	    "console", "ptmx", "pts", "fd", "stdin", "stdout", "stderr", "log", "core"};
	for (size_t i = 0; i < NELEM(own); i++)
		if (is_or_below(path + sizeof("/dev/") - 1, own[i]))
			return err_set(EINVAL, "/dev/%s is the zone's own, and there already: %s",
			    own[i], wanted);
	return 0;
}

static int device_parse(char *text, struct line *l, const char *wanted)
{
	static const char *const rights[] = {"r", "w", "rw"};
	char *w[WORDS], q[64];
	size_t i = 0;
	if (hostpath_words(text, w, WORDS) != 2)
		return err_set(EINVAL, "a line has not two words: %s", wanted);
	while (i < NELEM(rights) && strcmp(w[1], rights[i]) != 0)
		i++;
	if (i == NELEM(rights))
		return err_set(EINVAL, "\"%s\" is none of r, w and rw: %s",
		    word_quote(w[1], q, sizeof(q)), wanted);
	*l = (struct line){
	    .source = w[0], .target = w[0], .use = (enum helper_use)(USE_DEVICE_READ + i)};
	if (hostpath_parse(l->source, wanted) < 0)
		return -1;
	if (!is_or_below(l->source, "/dev") || strcmp(l->source, "/dev") == 0)
		return err_set(EINVAL, "\"%s\" is not below /dev: %s",
		    word_quote(l->source, q, sizeof(q)), wanted);
	return own_device_check(l->source, wanted);
}

typedef int parse(char *text, struct line *l, const char *wanted);

/* Against those before it. */
static int are_apart(const struct line *lines, unsigned n, const char *wanted)
{
	char q[64], r[64];
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(lines[i].target, lines[n].target) == 0)
			return err_set(EINVAL, "\"%s\" is there twice: %s",
			    word_quote(lines[n].target, q, sizeof(q)), wanted);
		if (is_or_below(lines[i].target, lines[n].target))
			return err_set(EINVAL,
			    "\"%s\" would hide \"%s\", which comes before it: give it first",
			    word_quote(lines[n].target, q, sizeof(q)),
			    word_quote(lines[i].target, r, sizeof(r)));
	}
	return 0;
}

/* Parse the lines of a list in place. Returns how many, or -1 */
static int lines_parse(char *text, parse *one, struct line lines[MOST], const char *wanted)
{
	unsigned n = 0;
	for (char *line; (line = word_line(&text)) != NULL; n++) {
		if (n == MOST)
			return err_set(ERANGE, "more than %d lines: %s", MOST, wanted);
		if (one(line, &lines[n], wanted) < 0 || are_apart(lines, n, wanted) < 0)
			return -1;
	}
	return (int)n;
}

/* ---- the rows ---- */

static int check(struct obj *o, const struct row *r, parse *one)
{
	struct line lines[MOST];
	const char *text = row_value(o, r)->s;
	char *copy = xstrdup(text != NULL ? text : "");
	int n = lines_parse(copy, one, lines, r->wanted);
	free(copy);
	return n < 0 ? -1 : 0;
}

int mounts_check(struct obj *o, const struct row *r)
{
	return check(o, r, mount_parse);
}

int devices_check(struct obj *o, const struct row *r)
{
	return check(o, r, device_parse);
}

int hostmounts_apply(struct obj *o, const struct row *r)
{
	struct zone *z = zone_of(o);
	z->hostmounts.due = true;
	z->hostmounts.anew |=
	    r->check == devices_check ? HOSTMOUNTS_ANEW_DEVICES : HOSTMOUNTS_ANEW_MOUNTS;
	return 0;
}

/* ---- the lists for the helper ---- */

static void file_fill(struct helper_file *f, const struct line *l)
{
	f->use = l->use;
	f->size = l->size;
	memccpy(f->path, l->source, '\0', sizeof(f->path) - 1);
}

static int paths_list(const char *text, parse *one, struct helper_proof *to)
{
	struct line lines[MOST];
	char *copy = xstrdup(text != NULL ? text : "");
	int n = lines_parse(copy, one, lines, "mend its settings file"), paths = n < 0 ? -1 : 0;
	for (int i = 0; i < n; i++)
		if (lines[i].use != USE_MOUNT_MEMORY)
			file_fill(&to[paths++].file, &lines[i]);
	free(copy);
	return paths;
}

int mounts_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return paths_list(row_value(o, r)->s, mount_parse, to);
}

int devices_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	return paths_list(row_value(o, r)->s, device_parse, to);
}

/* Append entries to the list, and their seals to the seals. */
static int lines_write(
    int fd, const struct authored *a, parse *one, uint32_t *count, struct seal *seals)
{
	struct line lines[MOST];
	struct helper_hostmount *s = xcalloc(1, sizeof(*s));
	char *copy = xstrdup(a->v.s != NULL ? a->v.s : "");
	int n = lines_parse(copy, one, lines, "mend its settings file"), r = n < 0 ? -1 : 0;
	unsigned paths = 0; /* so far: memory has no seal */
	for (int i = 0; r == 0 && i < n; i++) {
		memset(s, 0, sizeof(*s));
		file_fill(&s->source, &lines[i]);
		bool memory = lines[i].use == USE_MOUNT_MEMORY;
		if (!memory)
			s->source.author = a->by;
		memccpy(s->target, lines[i].target, '\0', sizeof(s->target) - 1);
		r = fd_write_all(fd, s, sizeof(*s)) < 0 ? err_sys("list its mounts") : 0;
		seals[*count] = (struct seal){{0}};
		if (!memory)
			seals[*count] = proof_seal(a, paths++);
		++*count;
	}
	free(copy);
	free(s);
	return r;
}

/* A memory file of them; n: how many. -1: it can't be made */
static int make_list(struct zone *z, uint32_t *n)
{
	struct seal seals[HELPER_HOSTMOUNTS];
	*n = 0;
	cleanup_fd int fd = memfd_create("hostmounts", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys("list its mounts");
	if (lines_write(fd, &z->mounts, mount_parse, n, seals) < 0 ||
	    lines_write(fd, &z->devices, device_parse, n, seals) < 0)
		return -1;
	if (fd_write_all(fd, seals, *n * sizeof(*seals)) < 0)
		return err_sys("list its mounts");
	return fd_move(&fd);
}

/* ---- in force ---- */

static int list_ask(struct zone *z);

/* The helper has answered. Its reply's pid counts the mounts that wait for the next boot. A zone
 * that ended meanwhile needs nothing. */
static void on_answer(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	const struct err *e = reply->err.code != 0 ? &reply->err : NULL;
	fd_close(&fd);
	z->hostmounts.asked = false;
	if (z->hostmounts.running && !zone_is_up(z))
		e = NULL;
	if (e == NULL && z->hostmounts.running)
		z->hostmounts.waits = reply->pid;
	obj_changed(&z->l.obj);
	if (z->hostmounts.due && (zone_is_up(z) || !zone_runs(z)) && list_ask(z) == 0)
		return;
	if (e != NULL && z->hostmounts.settling) {
		err_restore(e);
		error_note(&z->l.obj, "boot");
	}
	z->hostmounts.settling = false;
	zone_forced(z, &hostmounts_part, e);
}

static int list_ask(struct zone *z)
{
	struct helper_hostmounts_set q = {.id = z->l.obj.id, .uids = z->uids};
	cleanup_fd int list = make_list(z, &q.hostmounts);
	if (list < 0)
		return -1;
	z->hostmounts.due = false;
	z->hostmounts.running = zone_is_up(z);
	q.pid = z->hostmounts.running ? z->pid : 0;
	z->hostmounts.asked = true;
	q.anew = z->hostmounts.anew;
	z->hostmounts.anew = 0;
	helper_ask(HELPER_HOSTMOUNTS_SET, &q, sizeof(q), &list, 1, on_answer, z);
	return 0;
}

/* A zone that is booting has the old list, and gets the new one as soon as it runs. */
static int force(struct zone *z)
{
	z->hostmounts.late = z->hostmounts.due && z->state == ZONE_BOOTING;
	if (!z->hostmounts.due || z->state == ZONE_BOOTING || z->state == ZONE_HALTING)
		return 0;
	if (z->hostmounts.asked) /* a request for a change that was undone is under way: ask again
				  * after it */
		return 1;
	return list_ask(z) < 0 ? -1 : 1;
}

static void entered(struct zone *z)
{
	if (!zone_is_up(z) || !z->hostmounts.late || z->hostmounts.asked)
		return;
	z->hostmounts.late = false;
	z->hostmounts.settling = true;
	if (list_ask(z) < 0)
		log_error("%s: %s", z->l.obj.name, err_text());
}

/* A write may have been under way when the daemon died; asking again costs little. */
static void found(struct zone *z)
{
	char notes[sizeof(z->l.group) + 8];
	snprintf(notes, sizeof(notes), "%s.shares", z->l.group);
	z->hostmounts.due = z->hostmounts.late =
	    zone_runs(z) && faccessat(zone_monitors_dir, notes, F_OK, 0) == 0;
	entered(z);
}

/* ---- a boot ---- */

static int fill(struct zone *z, struct zone_request *r)
{
	if (z->mounts.v.s == NULL && z->devices.v.s == NULL)
		return 0;
	r->list = make_list(z, &r->q.zone.hostmounts);
	return r->list < 0 ? -1 : 0;
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	z->hostmounts.due = z->hostmounts.late = false;
	z->hostmounts.anew = 0;
	z->hostmounts.waits = 0;
	return 0;
}

const struct zone_part hostmounts_part = {
    .fill = fill, .begin = begin, .entered = entered, .force = force, .found = found};
