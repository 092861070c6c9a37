#include "zone/proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "fs/change.h"
#include "zone/force.h"
#include "host/ask.h"
#include "zone/parts.h"

static void init(struct zone *z)
{
	z->proving.list = -1;
}

static void destroy(struct zone *z)
{
	fd_close(&z->proving.list);
}

struct seal proof_seal(const struct authored *a, unsigned i)
{
	return i < a->nseals ? a->seals[i] : (struct seal){{0}};
}

/* The next row after r whose value has host paths. NULL: there are no more */
static const struct row *paths_next(struct zone *z, const struct row *r)
{
	do
		r = row_next(z->l.obj.type, r);
	while (r != NULL && r->paths == NULL);
	return r;
}

/* ---- asking ---- */

static void due_drop(struct zone *z)
{
	const struct row *r = NULL;
	while ((r = paths_next(z, r)) != NULL)
		authored_of(&z->l.obj, r)->due = false;
	fd_close(&z->proving.list);
}

/* The paths of one value. Seals of paths that stand at the same place in the value before are kept.
 * Returns how many, or -1 */
static int due_one(struct zone *z, const struct row *r, struct helper_proof *to)
{
	struct authored *a = authored_of(&z->l.obj, r);
	int n = a->due ? r->paths(&z->l.obj, r, to) : 0;
	a->asked = n > 0 ? (unsigned)n : 0;
	for (unsigned i = 0; i < a->asked; i++) {
		to[i].file.author = a->by;
		to[i].seal = proof_seal(a, i);
	}
	if (a->due)
		authored_set_seals(a, NULL, 0);
	return n;
}

/* List the paths of all values that are due. Returns how many, or -1 */
static int due_list(struct zone *z, struct helper_proof *to)
{
	const struct row *r = NULL;
	int all = 0;
	while ((r = paths_next(z, r)) != NULL) {
		int n = due_one(z, r, to + all);
		if (n < 0)
			return -1;
		all += n;
	}
	return all;
}

static void store(struct authored *a, const struct helper_proof *from)
{
	struct seal *seals = xcalloc(a->asked, sizeof(*seals));
	for (unsigned i = 0; i < a->asked; i++)
		seals[i] = from[i].seal;
	authored_set_seals(a, seals, a->asked);
	a->by = from[0].file.author;
	free(seals);
}

/* The helper has filled in the list: store authors and seals. */
static void due_store(struct zone *z)
{
	struct helper_proof *list = xcalloc(HELPER_PROOFS, sizeof(*list)), *from = list;
	const struct row *r = NULL;
	if (pread(z->proving.list, list, HELPER_PROOFS * sizeof(*list), 0) < 0)
		log_error("%s: read its seals: %s", z->l.obj.name, strerror(errno));
	while ((r = paths_next(z, r)) != NULL) {
		struct authored *a = authored_of(&z->l.obj, r);
		if (a->due && a->asked > 0) {
			store(a, from);
			from += a->asked;
		}
	}
	free(list);
}

/* 1: done() comes later; 0: there is nothing to prove; -1 */
static int proof_ask(struct zone *z, struct helper_paths_prove q, helper_done *done)
{
	struct helper_proof *list = xcalloc(HELPER_PROOFS, sizeof(*list));
	int n = due_list(z, list);
	if (n > 0) {
		z->proving.list = memfd_create("paths", MFD_CLOEXEC);
		if (z->proving.list < 0 ||
		    fd_write_all(z->proving.list, list, (size_t)n * sizeof(*list)) < 0)
			n = err_sys("list its paths");
	}
	free(list);
	if (n <= 0) {
		due_drop(z);
		return n;
	}
	q.id = z->l.obj.id;
	q.paths = (uint32_t)n;
	helper_ask(HELPER_PATHS_PROVE, &q, sizeof(q), &z->proving.list, 1, done, z);
	return 1;
}

static void on_proved(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	const struct err *e = reply->err.code != 0 ? &reply->err : NULL;
	fd_close(&fd);
	if (e == NULL)
		due_store(z);
	due_drop(z);
	change_seen(&z->l.obj);
	zone_forced(z, &proof_part, e);
}

static int force(struct zone *z)
{
	pid_t writer = change_look(&z->l.obj);
	int result = 0;
	if (writer >= 0)
		result = proof_ask(z, (struct helper_paths_prove){.thread = writer}, on_proved);
	else
		due_drop(z); /* what was before is proved */
	if (result <= 0) /* the writer need not stay for what others put in force */
		change_seen(&z->l.obj);
	return result;
}

static void adoption_kept(struct change *c)
{
	zone_of(c->obj)->proving.done();
}

static void on_adopted(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (reply->err.code == 0)
		due_store(z);
	due_drop(z);
	if (reply->err.code == 0) {
		change_start(&(struct change){.obj = &z->l.obj,
		    .what = "seals",
		    .answer = adoption_kept,
		    .failed = adoption_kept});
	} else {
		log_warn("%s: %s", z->l.obj.name, reply->err.text);
		z->proving.done();
	}
}

bool proof_adopt(struct zone *z, void (*done)(void))
{
	const struct row *r = NULL;
	while ((r = paths_next(z, r)) != NULL)
		authored_of(&z->l.obj, r)->due = authored_of(&z->l.obj, r)->nseals == 0;
	z->proving.done = done;
	return !z->l.obj.unreadable &&
	       proof_ask(z, (struct helper_paths_prove){.adopt = 1}, on_adopted) > 0;
}

const struct zone_part proof_part = {.init = init, .force = force, .destroy = destroy};
