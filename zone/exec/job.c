#include "zone/exec/job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/help.h"
#include "fs/settings.h"
#include "fs/stream.h"
#include "zone/exec/output.h"
#include "zone/exec/run.h"
#include "zone/parts.h"
#include "zone/rows.h"
#include "zone/state.h"

enum { USER_MAX = 63, UID_INSIDE_MAX = 65534, ENV_LINES = 1024 };

/* ---- what is read ---- */

enum { EXIT_LINE = 24 }; /* "exited N" and "killed N" */

/* 0: it has not ended */
static size_t how_it_ended(const struct job *j, char text[EXIT_LINE])
{
	int s = j->status;
	if (j->state != JOB_ENDED)
		return 0;
	return (size_t)snprintf(text, EXIT_LINE, "%s %d\n", WIFSIGNALED(s) ? "killed" : "exited",
	    WIFSIGNALED(s) ? WTERMSIG(s) : WEXITSTATUS(s));
}

static uint64_t wait_size(struct obj *o)
{
	char text[EXIT_LINE];
	return how_it_ended(job_of(o), text);
}

static enum stream wait_read(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	char text[EXIT_LINE];
	return how_it_ended(job_of(o), text) > 0 ? stream_rest(r, text, b, max) : STREAM_WAITS;
}

/* ---- what is checked ---- */

static int check_new(struct obj *o, const struct row *r)
{
	(void)r;
	if (job_of(o)->state != JOB_NEW)
		return err_set(EEXIST, "it was started already: make another job");
	return 0;
}

/* Is it run by a guest's agent? */
static bool is_guest(const struct job *j)
{
	return job_zone(j)->kind->exec_check != NULL;
}

/* A daemon before us may have been asked the same and begun it. `apply` refuses another text. */
static int check_cmd(struct obj *o, const struct row *r)
{
	const struct job *j = job_of(o);
	struct zone *z = job_zone(j);
	const char *what = is_guest(j) ? "VM" : "zone";
	if (!change_again() && check_new(o, r) < 0)
		return -1;
	if (z->state == ZONE_PAUSED)
		return err_set(ESRCH, "its %s is paused: resume it first", what);
	if (z->state != ZONE_RUNNING || z->link == NULL)
		return err_set(
		    ESRCH, "its %s is %s: boot it first", what, zone_state_names[z->state]);
	if (is_guest(j) && z->kind->exec_check(z) < 0)
		return -1;
	return j->cmd.s != NULL ? 0
				: err_set(EINVAL, "there is no command line in it: %s", r->wanted);
}

static int check_user(struct obj *o, const struct row *r)
{
	const char *s = job_of(o)->user.s;
	uint64_t n = 0;
	char q[64];
	if (check_new(o, r) < 0)
		return -1;
	if (s == NULL || *s == '-' || strpbrk(s, ":/ \t,\"'\\") != NULL)
		return err_set(EINVAL, "\"%s\" is no user: %s",
		    word_quote(s != NULL ? s : "none", q, sizeof(q)), r->wanted);
	if (s[strspn(s, "0123456789")] == '\0' &&
	    (word_u64(s, r->wanted, &n) < 0 || n > UID_INSIDE_MAX))
		return err_set(ERANGE, "a zone has users 0 to %d: %s", UID_INSIDE_MAX, r->wanted);
	if (is_guest(job_of(o)) && strcmp(s, "root") != 0)
		return err_set(EOPNOTSUPP,
		    "in a guest all jobs are its agent's user: write su USER -c to cmd");
	return 0;
}

static int check_dir(struct obj *o, const struct row *r)
{
	const char *s = job_of(o)->dir.s;
	char q[64];
	if (check_new(o, r) < 0)
		return -1;
	if (s == NULL || *s != '/')
		return err_set(EINVAL, "\"%s\" does not begin with /: %s",
		    word_quote(s != NULL ? s : "none", q, sizeof(q)), r->wanted);
	return 0;
}

static int check_env(struct obj *o, const struct row *r)
{
	return check_new(o, r) < 0 ? -1 : env_check(job_of(o)->env.s, ENV_LINES, r);
}

static int check_tty(struct obj *o, const struct row *r)
{
	if (check_new(o, r) < 0)
		return -1;
	return is_guest(job_of(o)) && job_of(o)->tty.n != 0
		   ? err_set(EOPNOTSUPP, "a guest agent gives no terminal: use console")
		   : 0;
}

static const char *const off_on[] = {"off", "on", NULL};

#define FIELD(field) .off = offsetof(struct job, field)

static const struct row rows[] = {
    {1, "help", 0444, 0, "this", .show = help_show},
    {2, "cmd", 0600, ROW_OWNERS, "a command line for /bin/sh -c, which starts at once; once",
	.kind = &kind_script, FIELD(cmd), .max = MESSAGE_MAX, .wanted = "give a command line",
	.check = check_cmd, .apply = check_new, .saved = job_start, .example = "id -u; hostname"},
    {3, "stdin", 0200, ROW_OWNERS, "what is written is its input; ended by eof in ctl",
	.bytes = job_stdin},
    {4, "stdout", 0400, ROW_OWNERS, "what it prints, from the start, until it has ended",
	.begin = job_out_begin, .stream = job_out, .size = job_out_size},
    {5, "stderr", 0400, ROW_OWNERS, "its errors, in the same way", .begin = job_err_begin,
	.stream = job_err, .size = job_err_size},
    {6, "wait", 0444, ROW_OWNERS, "its end: then exited N or killed N", .stream = wait_read,
	.size = wait_size},
    {7, "ctl", 0600, ROW_OWNERS, "commands; cat ctl lists them", .commands = job_commands},
    {8, "user", 0644, ROW_OWNERS, "who runs it: a name or number in the zone", .kind = &kind_line,
	FIELD(user), .max = USER_MAX, .unset = "root",
	.wanted = "give a user's name or number in the zone", .check = check_user},
    {9, "dir", 0644, ROW_OWNERS, "the directory in the zone that it begins in", .kind = &kind_line,
	FIELD(dir), .max = 4095, .unset = "/", .wanted = "give a whole path in the zone",
	.check = check_dir},
    {10, "env", 0600, ROW_OWNERS, "KEY=value a line, besides the zone's env", .kind = &kind_list,
	FIELD(env), .max = MESSAGE_MAX, .wanted = "give lines of KEY=value", .check = check_env,
	.example = "LANG=C.UTF-8"},
    {11, "tty", 0644, ROW_OWNERS, "on: it gets a terminal, at stdin and stdout here",
	.kind = &kind_choice, FIELD(tty), .words = off_on, .wanted = "give on or off",
	.check = check_tty},
    {12, "error", 0444, ROW_OWNERS, "what was wrong with the last refused write",
	.show_to = error_show},
    {0},
};

/* ---- the type ---- */

static void save(const struct obj *o, struct buf *b)
{
	const struct job *j = job_of((struct obj *)(uintptr_t)o);
	buf_printf(b, "parent %" PRIu64 "\n", o->parent->id);
	if (j->rows != 0)
		buf_printf(b, "size %u %u\n", j->rows, j->cols);
}

static int load(struct obj *o, char *key, char *value)
{
	struct job *j = job_of(o);
	if (strcmp(key, "parent") == 0)
		return 0; /* its parent exists: entry_parent() */
	if (strcmp(key, "size") != 0)
		return 1;
	return sscanf(value, "%u %u", &j->rows, &j->cols) == 2 ? 0 : err_set(EBADMSG, "bad size");
}

static unsigned state_bit(const struct obj *o)
{
	return 1U << job_of((struct obj *)(uintptr_t)o)->state;
}

static void destroy(struct obj *o)
{
	job_forget(job_of(o));
	free(job_of(o));
}

static const struct row *const tables[] = {rows, NULL};

const struct type job_type = {
    .name = "job",
    .help = "A command inside: set what it needs, then write its command line to cmd.\n",
    .tables = tables,
    .save = save,
    .load = load,
    .state = state_bit,
    .destroy = destroy,
    .part = true,
    .fleeting = true,
};

static struct job *job_create(uint64_t id, const char *name, struct obj *zone)
{
	struct job *j = xcalloc(1, sizeof(*j));
	list_init(&j->asks);
	list_init(&j->writes);
	obj_init(&j->obj, &job_type, id, name, zone, entry_slot(zone->type, &jobs_dir));
	const struct row *r = NULL;
	while ((r = row_next(&job_type, r)) != NULL)
		if (r->kind != NULL)
			settings_unset(&j->obj, r);
	return j;
}

static void job_drop(struct job *j)
{
	job_rings_remove(j);
	entry_drop(&j->obj);
}

/* Load a job. Nobody depends on one: if it can't be read it is removed. */
void job_load(uint64_t id, const char *name, const char *text)
{
	struct obj *zone = entry_parent(text, &jobs_dir);
	if (zone == NULL || !word_is_name(name) ||
	    dir_find(zone, entry_slot(zone->type, &jobs_dir), name) != NULL) {
		log_warn("job %" PRIu64 ": it has no zone", id);
		entry_forget(id, true);
		return;
	}
	struct job *j = job_create(id, name, zone);
	if (settings_load(&j->obj, text) < 0) {
		log_warn("job %" PRIu64 ": %s", id, err_text());
		job_drop(j);
	} else {
		j->state = j->cmd.s != NULL ? JOB_FOUND : JOB_NEW;
	}
}

/* ---- mkdir ---- */

static struct obj *new_job(struct obj *zone, const struct row *slot, const char *name)
{
	if (zone_of(zone)->removing)
		err_set(ESRCH, "the zone is being removed: make another");
	else if (dir_of(zone, slot)->count >= JOBS_MAX)
		err_set(ENOSPC, "there are %d jobs in this zone already: remove one", JOBS_MAX);
	else
		return &job_create(tree_new_id(), name, zone)->obj;
	return NULL;
}

static int rename_it(struct obj *o, struct req *r, const char *name)
{
	(void)o, (void)r, (void)name;
	return err_set(EPERM, "a job keeps its name: make another");
}

static const char dir_help[] =
    "mkdir NAME makes a job: a command to be run inside. rmdir ends it and forgets it.\n"
    "\n"
    "  mkdir look\n"
    "  echo 'id -u; hostname' > look/cmd     it starts at once\n"
    "  cat look/wait                         waits for its end\n"
    "  cat look/stdout look/stderr           what it printed\n"
    "  rmdir look\n"
    "\n"
    "In a VM its guest agent runs it (see agent): what it prints comes at its end, at most\n"
    "16 MiB of each; it has no stdin (write it behind << in cmd), no tty, and no user.\n";

const struct dir_row jobs_dir = {.create = new_job,
    .remove = job_remove,
    .kept = job_kept,
    .rename = rename_it,
    .help = dir_help};

/* ---- what happens to the zone ---- */

static struct dir *jobs_of(struct zone *z)
{
	const struct row *slot = entry_slot(z->l.obj.type, &jobs_dir);
	return slot != NULL ? dir_of(&z->l.obj, slot) : NULL;
}

/* Remove all jobs, or those that were started. */
static void drop_jobs(struct zone *z, bool all)
{
	struct dir *d = jobs_of(z);
	if (d == NULL)
		return;
	list_each(o, &d->objs, struct obj, sibling)
		if (all || job_of(o)->state != JOB_NEW)
			job_drop(job_of(o));
}

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	drop_jobs(z, false);
	return 0;
}

static void removed(struct zone *z)
{
	drop_jobs(z, true);
}

static void end(struct zone *z)
{
	struct dir *d = jobs_of(z);
	if (d == NULL)
		return;
	list_each(o, &d->objs, struct obj, sibling) {
		struct job *j = job_of(o);
		if (j->state != JOB_NEW && j->state != JOB_ENDED) {
			j->state = JOB_ENDED;
			j->status = SIGKILL;
			o->changed = now_ns();
		}
		j->streams_done = ~0U;
		obj_changed(o);
	}
}

static void found(struct zone *z)
{
	struct dir *d = jobs_of(z);
	if (d == NULL)
		return;
	if (!zone_runs(z))
		drop_jobs(z, false);
	list_each(o, &d->objs, struct obj, sibling)
		if (job_of(o)->state == JOB_FOUND)
			job_look(job_of(o));
}

const struct zone_part jobs_part = {.begin = begin, .end = end, .found = found, .removed = removed};
