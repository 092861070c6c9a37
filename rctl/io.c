/* The rows io.*. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/keyed.h"
#include "rctl/parts.h"

/* ---- io.max: lines of DEVICE KEY=VALUE... ---- */

/* Bits of `given`: the device, then the limits in the order of io_line::most. */
enum { IO_DEVICE, IO_LIMITS };
enum { IO_LINES = 256, DEVICE_BYTES = 256, NUMBER_BYTES = 24 };

struct io_line {
	unsigned given; /* fs/keyed.h */
	char device[DEVICE_BYTES]; /* as written: MAJOR:MINOR, or a path below /dev */
	uint64_t most[GROUP_IO_KEYS]; /* a second; GROUP_NONE: no limit */
};

/* The value of io.max. */
struct io_lines {
	unsigned n;
	struct io_line at[];
};

/* The devices that have limits in force, as MAJOR:MINOR. */
struct io_used {
	unsigned n;
	char device[][NUMBER_BYTES];
};

static bool is_number(char *word)
{
	uint64_t major, minor;
	char *colon = strchr(word, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	bool is = word_u64(word, "", &major) == 0 && word_u64(colon + 1, "", &minor) == 0 &&
		  major <= 4095 && minor <= 1048575;
	if (is)
		snprintf(word, NUMBER_BYTES, "%" PRIu64 ":%" PRIu64, major, minor);
	return is;
}

static int device_parse(const struct row *r, const struct key *k, char *word, void *field)
{
	char q[64], number[NUMBER_BYTES];
	if (strncmp(word, "/dev/", 5) == 0)
		return key_text.parse(r, k, word, field);
	snprintf(number, sizeof(number), "%s", word);
	if (strlen(word) < sizeof(number) && is_number(number))
		return key_text.parse(r, k, number, field);
	return err_set(EINVAL, "\"%s\" is neither a device's number nor a path below /dev: %s",
	    word_quote(word, q, sizeof(q)), r->wanted);
}

static void device_format(const struct key *k, const void *field, struct buf *b)
{
	key_text.format(k, field, b);
}

static const struct key_kind key_device = {device_parse, device_format};

#define LIMIT_KEY(word, n)                                                                         \
	[IO_LIMITS + (n)] = {word, &key_size, KEY_NONE, KEY_FIELD(struct io_line, most[n]),        \
	    .min = 1, .max = UINT64_C(1) << 50}
static const struct key keys[] = {
    [IO_DEVICE] = {"device", &key_device, KEY_FIRST, KEY_FIELD(struct io_line, device)},
    LIMIT_KEY("rbps", 0),
    LIMIT_KEY("wbps", 1),
    LIMIT_KEY("riops", 2),
    LIMIT_KEY("wiops", 3),
    {0},
};

static int has_limit(const struct row *r, void *line)
{
	struct io_line *l = line;
	if ((l->given >> IO_LIMITS) == 0)
		return err_set(EINVAL, "a line has no limit: %s", r->wanted);
	for (unsigned k = 0; k < GROUP_IO_KEYS; k++) {
		if (!keyed_has(l, IO_LIMITS + k))
			l->most[k] = GROUP_NONE;
		if (l->most[k] == GROUP_NONE)
			l->given &= ~(1U << (IO_LIMITS + k)); /* not shown */
	}
	return 0;
}

static const struct keyed io_keyed = {"a disk's limits", sizeof(struct io_line), keys, has_limit};

/* Add a line, unless it has no limit. */
static int line_add(const struct row *r, char *text, struct io_lines *to)
{
	struct io_line *line = &to->at[to->n];
	*line = (struct io_line){0};
	if (line_check(r, text) < 0 || keyed_parse(r, text, line) < 0)
		return -1;
	for (unsigned i = 0; i < to->n; i++)
		if (strcmp(to->at[i].device, line->device) == 0)
			return err_set(EINVAL, "%s is there twice: %s", line->device, r->wanted);
	to->n += (line->given >> IO_LIMITS) != 0;
	if (to->n > IO_LINES)
		return err_set(ERANGE, "more than %d lines: %s", IO_LINES, r->wanted);
	return 0;
}

static size_t lines_size(unsigned n)
{
	return offsetof(struct io_lines, at) + n * sizeof(struct io_line);
}

static int io_parse(const struct row *r, char *text, union value *v)
{
	struct io_lines *all = xcalloc(1, lines_size(IO_LINES + 1));
	int result = 0;
	v->p = NULL;
	for (char *one; result == 0 && (one = word_line(&text)) != NULL;)
		if (*one != '\0' && strcmp(one, "none") != 0 && strcmp(one, "max") != 0)
			result = line_add(r, one, all);
	if (result == 0 && all->n > 0) {
		v->p = xcalloc(1, lines_size(all->n));
		memcpy(v->p, all, lines_size(all->n));
	}
	free(all);
	return result;
}

static void io_format(const struct row *r, const union value *v, struct buf *b)
{
	const struct io_lines *all = v->p;
	for (unsigned i = 0; all != NULL && i < all->n; i++) {
		keyed_format(r, &all->at[i], b);
		buf_str(b, "\n");
	}
}

static const struct kind kind_io = {true, LIST, io_parse, io_format};

/* Look the device up now: after the host's next start this name may be another disk's. */
static int number_find(const struct io_line *line, const struct row *r, char number[NUMBER_BYTES])
{
	char q[DEVICE_BYTES];
	struct stat st;
	if (line->device[0] != '/') {
		snprintf(number, NUMBER_BYTES, "%.*s", NUMBER_BYTES - 1, line->device);
		return 0;
	}
	word_quote(line->device, q, sizeof(q));
	if (stat(line->device, &st) < 0)
		return err_set(ENOENT, "there is no disk %s: %s", q, r->wanted);
	if (!S_ISBLK(st.st_mode))
		return err_set(EINVAL, "%s is no disk: %s", q, r->wanted);
	snprintf(number, NUMBER_BYTES, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return 0;
}

static int disk_check(const struct io_line *line, const char *number, const struct row *r)
{
	char path[64];
	snprintf(path, sizeof(path), "/sys/dev/block/%s", number);
	if (access(path, F_OK) < 0)
		return err_set(ENOENT, "there is no disk %s: %s", line->device, r->wanted);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/partition", number);
	if (access(path, F_OK) == 0)
		return err_set(EINVAL, "%s is a part of a disk: %s", line->device, r->wanted);
	return 0;
}

/* The caller's. NULL: a disk is not there, or is there by two names */
static struct io_used *disks_find(const struct io_lines *all, const struct row *r)
{
	unsigned n = all != NULL ? all->n : 0;
	struct io_used *used = xcalloc(1, offsetof(struct io_used, device) + n * NUMBER_BYTES);
	for (int result = 0; used->n < n; used->n++) {
		const struct io_line *line = &all->at[used->n];
		char *number = used->device[used->n];
		result = number_find(line, r, number);
		for (unsigned i = 0; result == 0 && i < used->n; i++)
			if (strcmp(used->device[i], number) == 0)
				result = err_set(EINVAL, "%s and %s are one disk: %s",
				    all->at[i].device, line->device, r->wanted);
		if (result < 0 || disk_check(line, number, r) < 0) {
			free(used);
			return NULL;
		}
	}
	return used;
}

static int check_max(struct obj *o, const struct row *r)
{
	const struct io_lines *all = limited_of(o)->io_max.p;
	if (all != NULL && group_face()->has_io(0) < 0)
		return -1;
	struct io_used *used = disks_find(all, r);
	free(used);
	return used != NULL ? 0 : -1;
}

static bool has_device(const struct io_used *used, const char *device)
{
	for (unsigned i = 0; i < used->n; i++)
		if (strcmp(used->device[i], device) == 0)
			return true;
	return false;
}

/* Lift the limits of devices that have none any more. */
static int free_others(struct limited *l, const struct io_used *now)
{
	static const uint64_t none[GROUP_IO_KEYS] = {
	    GROUP_NONE, GROUP_NONE, GROUP_NONE, GROUP_NONE};
	for (unsigned i = 0; l->io_used != NULL && i < l->io_used->n; i++)
		if (!has_device(now, l->io_used->device[i]) &&
		    group_face()->set_io_max(l->group, l->io_used->device[i], none) < 0)
			return -1;
	return 0;
}

static int apply_max(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	const struct io_lines *all = l->io_max.p;
	if (!limits_is_live(l))
		return 0;
	struct io_used *now = disks_find(all, r);
	if (now == NULL)
		return -1;
	int result = free_others(l, now);
	free(l->io_used);
	l->io_used = now; /* if one is refused the limits of all these are lifted again */
	for (unsigned i = 0; result == 0 && i < now->n; i++)
		result = group_face()->set_io_max(l->group, now->device[i], all->at[i].most);
	return result;
}

/* ---- io.weight ---- */

enum { WEIGHT_ORDINARY = 100 };

static int check_weight(struct obj *o, const struct row *r)
{
	(void)r;
	return limited_of(o)->io_weight.n == WEIGHT_ORDINARY ? 0 : group_face()->has_io(1);
}

static int apply_weight(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	(void)r;
	return limits_is_live(l) ? group_face()->set_io_weight(l->group, l->io_weight.n) : 0;
}

/* ---- the part ---- */

static const struct row *const max_row = &io_rows[1];

static int begin(struct limited *l)
{
	if (l->io_weight.n != WEIGHT_ORDINARY && apply_weight(&l->obj, NULL) < 0)
		return -1;
	return apply_max(&l->obj, max_row) < 0 ? err_wrap("%s", max_row->name) : 0;
}

static int found(struct limited *l)
{
	l->io_used = disks_find(l->io_max.p, max_row);
	return l->io_used != NULL ? 0 : -1;
}

static void leave(struct limited *l)
{
	free(l->io_used);
	l->io_used = NULL;
}

const struct limits_part io_part = {.begin = begin, .found = found, .leave = leave};

static int show_stat(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct limited *l = limited_of(o);
	return limits_is_live(l) ? group_face()->get_io_stat(l->group, b) : 0;
}

#define LIMIT(field) .off = offsetof(struct limited, field)

const struct row io_rows[] = {
    {58, "io.weight", 0644, 0, "its weight against other zones when a disk is short",
	.kind = &kind_number, LIMIT(io_weight), .min = 1, .max = 10000, .unset = "100",
	.wanted = "give 1..10000, 100 is ordinary", .check = check_weight, .apply = apply_weight},
    {59, "io.max", 0644, 0, "DEVICE rbps= wbps= riops= wiops= a line: limits a second on a disk",
	.kind = &kind_io, .keyed = &io_keyed, LIMIT(io_max),
	.wanted = "give lines of DEVICE rbps=N wbps=N riops=N wiops=N (1..1024T, or none), DEVICE "
		  "as MAJOR:MINOR or a path below /dev",
	.check = check_max, .apply = apply_max, .example = "8:0 rbps=10M wiops=100"},
    {60, "io.stat", 0444, ROW_COUNTER, "bytes and requests, read and written, on each disk",
	.show = show_stat},
    {56, "io.pressure", 0444, ROW_COUNTER, "how much it is held up waiting for disks",
	.show = limits_show_pressure},
    {0},
};
