/* The rows io.*. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"
#include "rctl/parts.h"

/* ---- io.max: lines of DEVICE KEY=VALUE... ---- */

static const char *const keys[GROUP_IO_KEYS] = {"rbps", "wbps", "riops", "wiops"};

struct io_line {
	char device[24]; /* MAJOR:MINOR */
	uint64_t most[GROUP_IO_KEYS]; /* a second; GROUP_NONE: no limit */
	unsigned named; /* bit N: key N is in it */
};

static bool is_none(const char *word)
{
	return strcmp(word, "none") == 0 || strcmp(word, "max") == 0;
}

static int parse_device(const struct row *r, char *word, struct io_line *line)
{
	char q[64];
	uint64_t major, minor;
	word_quote(word, q, sizeof(q));
	char *colon = strchr(word, ':');
	if (colon != NULL)
		*colon = '\0';
	if (colon == NULL || word_u64(word, "", &major) < 0 ||
	    word_u64(colon + 1, "", &minor) < 0 || major > 4095 || minor > 1048575)
		return err_set(EINVAL, "\"%s\" is no device's number: %s", q, r->wanted);
	snprintf(line->device, sizeof(line->device), "%" PRIu64 ":%" PRIu64, major, minor);
	return 0;
}

static int parse_most(const struct row *r, char *word, struct io_line *line)
{
	char q[64];
	word_quote(word, q, sizeof(q));
	char *value = strchr(word, '=');
	if (value != NULL)
		*value++ = '\0';
	for (int k = 0; value != NULL && k < GROUP_IO_KEYS; k++) {
		if (strcmp(word, keys[k]) != 0)
			continue;
		if ((line->named >> k & 1) != 0)
			return err_set(EINVAL, "%s= is there twice: %s", keys[k], r->wanted);
		line->named |= 1U << k;
		if (is_none(value))
			return 0;
		if (word_size(value, r->wanted, &line->most[k]) < 0)
			return -1;
		if (line->most[k] == 0 || line->most[k] > UINT64_C(1) << 50)
			return err_set(ERANGE, "\"%s\" is outside the limits: %s", q, r->wanted);
		return 0;
	}
	return err_set(EINVAL, "\"%s\" is none of its keys: %s", q, r->wanted);
}

static int parse_line(const struct row *r, char *text, struct io_line *line)
{
	char *words[WORDS_MAX];
	int n = word_split(text, words, WORDS_MAX);
	*line = (struct io_line){.most = {GROUP_NONE, GROUP_NONE, GROUP_NONE, GROUP_NONE}};
	if (n < 2)
		return n < 0 ? -1 : err_set(EINVAL, "a line has no limit: %s", r->wanted);
	if (parse_device(r, words[0], line) < 0)
		return -1;
	for (int i = 1; i < n; i++)
		if (parse_most(r, words[i], line) < 0)
			return -1;
	return 0;
}

static void format_line(const struct io_line *line, struct buf *b)
{
	struct buf limits = {0};
	for (int k = 0; k < GROUP_IO_KEYS; k++)
		if (line->most[k] != GROUP_NONE)
			buf_printf(&limits, " %s=%" PRIu64, keys[k], line->most[k]);
	if (limits.len > 0)
		buf_printf(b, "%s%s\n", line->device, buf_text(&limits));
	buf_finish(&limits);
}

/* Is this device among the lines of s already? */
static bool has_device(const char *s, const char *device)
{
	size_t n = strlen(device);
	for (const char *line = s; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1)
		if (strncmp(line, device, n) == 0 && line[n] == ' ')
			return true;
	return false;
}

static int io_parse(const struct row *r, char *text, union value *v)
{
	struct buf b = {0};
	struct io_line line;
	int result = 0;
	v->s = NULL;
	for (char *one; result == 0 && (one = word_line(&text)) != NULL;) {
		if (is_none(one) || *one == '\0')
			continue;
		result = parse_line(r, one, &line);
		if (result == 0 && has_device(buf_text(&b), line.device))
			result = err_set(EINVAL, "%s is there twice: %s", line.device, r->wanted);
		if (result == 0)
			format_line(&line, &b);
	}
	if (result == 0 && b.len > 0)
		v->s = buf_take(&b, NULL);
	buf_finish(&b);
	return result;
}

static void io_format(const struct row *r, const union value *v, struct buf *b)
{
	(void)r;
	if (v->s != NULL)
		buf_str(b, v->s);
}

static const struct kind kind_io = {true, true, io_parse, io_format};

static const struct row parsed = {.wanted = ""}; /* for what was taken before: it is not refused */

typedef int line_fn(struct limited *, const struct io_line *, const struct row *);

/* Calls fn for each line of a value that was parsed already. */
static int each_line(const char *s, line_fn *fn, struct limited *l, const struct row *r)
{
	struct io_line line;
	char *copy = xstrdup(s != NULL ? s : ""), *rest = copy;
	int result = 0;
	for (char *one; result == 0 && (one = word_line(&rest)) != NULL;)
		result = parse_line(r, one, &line) < 0 ? -1 : fn(l, &line, r);
	free(copy);
	return result;
}

static int is_disk(struct limited *l, const struct io_line *line, const struct row *r)
{
	char path[64];
	(void)l;
	snprintf(path, sizeof(path), "/sys/dev/block/%s", line->device);
	if (access(path, F_OK) < 0)
		return err_set(ENOENT, "there is no disk %s: %s", line->device, r->wanted);
	snprintf(path, sizeof(path), "/sys/dev/block/%s/partition", line->device);
	if (access(path, F_OK) == 0)
		return err_set(EINVAL, "%s is a part of a disk: %s", line->device, r->wanted);
	return 0;
}

static int check_max(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	if (l->io_max.s != NULL && group_face()->has_io(0) < 0)
		return -1;
	return each_line(l->io_max.s, is_disk, l, r);
}

static int limit_line(struct limited *l, const struct io_line *line, const struct row *r)
{
	(void)r;
	return group_face()->set_io_max(l->group, line->device, line->most);
}

static int free_line(struct limited *l, const struct io_line *line, const struct row *r)
{
	(void)r;
	static const uint64_t none[GROUP_IO_KEYS] = {
	    GROUP_NONE, GROUP_NONE, GROUP_NONE, GROUP_NONE};
	if (has_device(l->io_max.s, line->device))
		return 0;
	return group_face()->set_io_max(l->group, line->device, none);
}

static int apply_max(struct obj *o, const struct row *r)
{
	struct limited *l = limited_of(o);
	if (!limits_is_live(l))
		return 0;
	if (each_line(l->io_used, free_line, l, r) < 0 ||
	    each_line(l->io_max.s, limit_line, l, r) < 0)
		return -1;
	free(l->io_used);
	l->io_used = l->io_max.s != NULL ? xstrdup(l->io_max.s) : NULL;
	return 0;
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

static int begin(struct limited *l)
{
	if (l->io_weight.n != WEIGHT_ORDINARY && apply_weight(&l->obj, NULL) < 0)
		return -1;
	return apply_max(&l->obj, &parsed);
}

static int found(struct limited *l)
{
	l->io_used = l->io_max.s != NULL ? xstrdup(l->io_max.s) : NULL;
	return 0;
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
    {59, "io.max", 0644, 0,
	"MAJOR:MINOR rbps= wbps= riops= wiops= a line: limits a second on a disk", .kind = &kind_io,
	LIMIT(io_max),
	.wanted = "give lines of MAJOR:MINOR rbps=N wbps=N riops=N wiops=N (1..1024T, or none)",
	.check = check_max, .apply = apply_max},
    {60, "io.stat", 0444, ROW_COUNTER, "bytes and requests, read and written, on each disk",
	.show = show_stat},
    {56, "io.pressure", 0444, ROW_COUNTER, "how much it is held up waiting for disks",
	.show = limits_show_pressure},
    {0},
};
