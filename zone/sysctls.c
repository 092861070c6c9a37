/* The helper sets them, at the boot and live. At a write to a zone that does not run it tries them
 * in new namespaces: only the kernel knows which there are. */
#include "zone/sysctls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/error.h"
#include "host/ask.h"
#include "protocol/helper.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/privileges.h"

/* ---- lines ---- */

static bool is_own(const char *path)
{
	static const char *const dirs[] = {"net/", "fs/mqueue/"};
	static const char *const files[] = {
	    "shmall", "shmmax", "shmmni", "shm_rmid_forced", "msgmax", "msgmnb", "msgmni", "sem"};
	for (size_t i = 0; i < NELEM(dirs); i++)
		if (strncmp(path, dirs[i], strlen(dirs[i])) == 0)
			return true;
	for (size_t i = 0; i < NELEM(files); i++)
		if (strncmp(path, "kernel/", 7) == 0 && strcmp(path + 7, files[i]) == 0)
			return true;
	return false;
}

/* Parse a name as sysctl(8) does: dots separate the parts, unless a slash comes first; then a dot
 * is part of a name, such as an interface's. */
static void path_make(const char *key, char path[SYSCTL_KEY])
{
	size_t first = strcspn(key, "./");
	snprintf(path, SYSCTL_KEY, "%s", key);
	for (char *p = path; key[first] == '.' && *p != '\0'; p++)
		*p = (char)(*p == '.' ? '/' : *p == '/' ? '.' : *p);
}

static int line_take(const struct row *r, char *line, struct helper_sysctl *to)
{
	char *value = strchr(line, '='), q[100];
	if (value == NULL)
		return err_set(
		    EINVAL, "\"%s\" has no =: %s", word_quote(line, q, sizeof(q)), r->wanted);
	*value++ = '\0';
	char *key = word_trim(line);
	value = word_trim(value);
	word_quote(key, q, sizeof(q));
	if (*value == '\0')
		return err_set(EINVAL, "%s has no value: %s", q, r->wanted);
	if (strlen(key) >= SYSCTL_KEY || strlen(value) >= SYSCTL_VALUE)
		return err_set(ERANGE, "%s or its value is too long: %s", q, r->wanted);
	path_make(key, to->key);
	if (!is_own(to->key) || strstr(to->key, "..") != NULL || strstr(to->key, "//") != NULL)
		return err_set(
		    EINVAL, "%s is no setting that a zone has for itself: %s", q, r->wanted);
	snprintf(to->value, sizeof(to->value), "%s", value);
	return 0;
}

static struct helper_sysctl *row_find(struct helper_sysctl *list, int n, const char *key)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].key, key) == 0)
			return &list[i];
	return NULL;
}

/* How many, or -1 */
static int lines_take(const struct row *r, const char *lines, struct helper_sysctl list[SYSCTLS])
{
	char *copy = xstrdup(lines != NULL ? lines : ""), *rest = copy, *line, q[100];
	int n = 0, result = 0;
	while (result == 0 && (line = word_line(&rest)) != NULL) {
		if (n == SYSCTLS / 2) /* so that as many can go in the same change */
			result = err_set(ERANGE, "more than %d lines: %s", SYSCTLS / 2, r->wanted);
		else if ((result = line_take(r, line, &list[n])) == 0) {
			if (row_find(list, n, list[n].key) != NULL)
				result = err_set(EINVAL, "%s is there twice: %s",
				    word_quote(line, q, sizeof(q)), r->wanted);
			n++;
		}
	}
	free(copy);
	return result < 0 ? -1 : n;
}

int sysctls_check(struct obj *o, const struct row *r)
{
	static struct helper_sysctl list[SYSCTLS];
	return lines_take(r, zone_of(o)->sysctls.s, list) < 0 ? -1 : 0;
}

int sysctls_apply(struct obj *o, const struct row *r)
{
	(void)r;
	zone_of(o)->sysctls_due = true;
	return 0;
}

/* ---- in force ---- */

static const struct row any = {.wanted = "mend its settings file"};

/* Add keys that were set before and are not now: they get the value of a new namespace. */
static void gone_add(const char *was, struct helper_sysctl list[SYSCTLS], int n)
{
	static struct helper_sysctl old[SYSCTLS];
	int count = lines_take(&any, was, old);
	for (int i = 0; i < count && n < SYSCTLS; i++)
		if (row_find(list, n, old[i].key) == NULL) {
			memset(&list[n], 0, sizeof(list[n]));
			memcpy(list[n++].key, old[i].key, sizeof(old[i].key));
		}
}

static void was_set(struct zone *z)
{
	free(z->sysctls_was);
	z->sysctls_was = z->sysctls.s != NULL ? xstrdup(z->sysctls.s) : NULL;
}

static void on_answer(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	const struct err *e = reply->err.code != 0 ? &reply->err : NULL;
	fd_close(&fd);
	if (e != NULL && z->sysctls_late) {
		err_restore(e);
		error_note(&z->l.obj, "sysctls");
	}
	z->sysctls_late = false;
	zone_forced(z, &sysctls_part, e);
}

static int sysctls_ask(struct zone *z)
{
	struct helper_sysctls_set *q = xcalloc(1, sizeof(*q));
	q->id = z->l.obj.id;
	q->uids = z->uids;
	if (privileges_of(z, &q->privileges) < 0)
		err_clear(); /* its boot tells */
	q->memory = z->l.memory.n != VALUE_NONE ? z->l.memory.n : 0;
	q->pid = zone_is_up(z) ? z->pid : 0;
	int n = lines_take(&any, z->sysctls.s, q->list);
	if (n >= 0 && q->pid != 0)
		gone_add(z->sysctls_was, q->list, n);
	z->sysctls_due = false;
	if (q->pid != 0)
		was_set(z);
	if (n >= 0)
		helper_ask(HELPER_SYSCTLS_SET, q, sizeof(*q), NULL, 0, on_answer, z);
	free(q);
	return n < 0 ? -1 : 0;
}

static int force(struct zone *z)
{
	if (!z->sysctls_due || z->state == ZONE_BOOTING)
		return 0;
	return sysctls_ask(z) < 0 ? -1 : 1;
}

/* Set what was changed while the zone booted with the list before. */
static void entered(struct zone *z)
{
	if (!z->sysctls_due || !zone_is_up(z))
		return;
	z->sysctls_late = true;
	if (sysctls_ask(z) < 0)
		log_error("%s: %s", z->l.obj.name, err_text());
}

static int fill(struct zone *z, struct zone_request *r)
{
	return lines_take(&any, z->sysctls.s, r->q.zone.sysctls) < 0 ? err_wrap("sysctls") : 0;
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	z->sysctls_due = false;
	was_set(z);
	return 0;
}

static void found(struct zone *z)
{
	if (zone_runs(z))
		was_set(z);
}

static void destroy(struct zone *z)
{
	free(z->sysctls_was);
}

const struct zone_part sysctls_part = {.fill = fill,
    .begin = begin,
    .entered = entered,
    .force = force,
    .found = found,
    .destroy = destroy};
