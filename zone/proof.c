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

void proof_add(struct zone *z, struct proof *p, const char *file, const union value *value,
    int (*paths)(struct zone *z, struct helper_proof *to))
{
	p->file = file;
	p->value = value;
	p->paths = paths;
	list_add_tail(&z->proofs, &p->link);
}

static void seals_drop(struct proof *p)
{
	free(p->seals);
	p->seals = NULL;
	p->n = 0;
}

static void init(struct zone *z)
{
	list_init(&z->proofs);
	z->proving.list = -1;
}

static void destroy(struct zone *z)
{
	list_each(p, &z->proofs, struct proof, link)
		seals_drop(p);
	fd_close(&z->proving.list);
}

int proof_begin(struct proof *p)
{
	if (change_author(&p->author) < 0)
		return -1;
	seals_drop(p);
	p->due = true;
	return 0;
}

struct seal proof_seal(const struct proof *p, unsigned i)
{
	return i < p->n ? p->seals[i] : (struct seal){{0}};
}

/* ---- asking ---- */

static void due_drop(struct zone *z)
{
	list_each(p, &z->proofs, struct proof, link)
		p->due = false;
	fd_close(&z->proving.list);
}

/* Of all that is due, one after the other. How many paths, or -1 */
static int due_list(struct zone *z, struct helper_proof *to)
{
	int all = 0;
	list_each(p, &z->proofs, struct proof, link) {
		int n = p->due ? p->paths(z, to + all) : 0;
		if (n < 0)
			return -1;
		p->asked = (unsigned)n;
		for (int i = 0; i < n; i++)
			to[all + i].file.author = p->author;
		all += n;
	}
	return all;
}

static void take(struct proof *p, const struct helper_proof *from)
{
	seals_drop(p);
	p->seals = xcalloc(p->asked, sizeof(*p->seals));
	p->n = p->asked;
	p->author = from[0].file.author;
	for (unsigned i = 0; i < p->n; i++)
		p->seals[i] = from[i].seal;
}

/* The helper has filled the list in. */
static void due_take(struct zone *z)
{
	struct helper_proof *list = xcalloc(HELPER_PROOFS, sizeof(*list)), *from = list;
	if (pread(z->proving.list, list, HELPER_PROOFS * sizeof(*list), 0) < 0)
		log_error("%s: read its seals: %s", z->l.obj.name, strerror(errno));
	list_each(p, &z->proofs, struct proof, link) {
		if (p->due && p->asked > 0) {
			take(p, from);
			from += p->asked;
		}
	}
	free(list);
}

/* 1: done() comes later; 0: there is nothing to prove; -1 */
static int ask(struct zone *z, struct helper_paths_prove q, helper_done *done)
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

static void proved(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	const struct err *e = reply->err.code != 0 ? &reply->err : NULL;
	fd_close(&fd);
	if (e == NULL)
		due_take(z);
	due_drop(z);
	change_seen(&z->l.obj);
	zone_forced(z, &proof_part, e);
}

static int force(struct zone *z)
{
	pid_t writer = change_look(&z->l.obj);
	if (writer >= 0)
		return ask(z, (struct helper_paths_prove){.thread = writer}, proved);
	due_drop(z); /* what was before is proved */
	return 0;
}

static void adoption_kept(struct change *c)
{
	zone_of(c->obj)->proving.done();
}

static void adopted(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (reply->err.code == 0)
		due_take(z);
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
	list_each(p, &z->proofs, struct proof, link)
		p->due = p->n == 0;
	z->proving.done = done;
	return !z->l.obj.frozen && ask(z, (struct helper_paths_prove){.adopt = 1}, adopted) > 0;
}

/* ---- on disk ---- */

/* Lines "FILE-writer UID GID GROUP..." and "attr FILE-seal 0 0 0 0 0 SEAL...". A version before
 * seals takes the latter for the attributes of a file that is no more. */

static void seals_save(const struct proof *p, struct buf *b)
{
	buf_printf(b, "attr %s-seal 0 0 0 0 0", p->file);
	for (unsigned i = 0; i < p->n * SEAL_BYTES; i++)
		buf_printf(b, "%s%02x", i % SEAL_BYTES == 0 ? " " : "",
		    p->seals[i / SEAL_BYTES].bytes[i % SEAL_BYTES]);
	buf_str(b, "\n");
}

static void save(const struct zone *z, struct buf *b)
{
	list_each(p, &z->proofs, const struct proof, link) {
		char key[48];
		snprintf(key, sizeof(key), "%s-writer", p->file);
		if (p->value->s == NULL)
			continue;
		author_save(key, &p->author, b);
		if (p->n > 0)
			seals_save(p, b);
	}
}

static bool seal_load(struct seal *s, const char *word)
{
	for (int i = 0; i < SEAL_BYTES; i++)
		if (sscanf(word + 2 * i, "%2hhx", &s->bytes[i]) != 1)
			return false;
	return true;
}

/* One that is damaged is as good as none: the helper refuses the path then, with what to do. */
static void seals_load(struct proof *p, char *text)
{
	seals_drop(p);
	p->seals = xcalloc(HELPER_PROOFS, sizeof(*p->seals));
	for (char *word; (word = strsep(&text, " ")) != NULL && p->n < HELPER_PROOFS;)
		if (strlen(word) == 2 * SEAL_BYTES && seal_load(&p->seals[p->n], word))
			p->n++;
}

static int load(struct zone *z, const char *key, char *value)
{
	list_each(p, &z->proofs, struct proof, link) {
		size_t n = strlen(p->file);
		if (strncmp(key, p->file, n) != 0)
			continue;
		if (strcmp(key + n, "-writer") == 0)
			return author_load(&p->author, value);
		if (strcmp(key + n, "-seal") == 0) {
			seals_load(p, value);
			return 0;
		}
	}
	return 1;
}

const struct zone_part proof_part = {
    .init = init, .save = save, .load = load, .force = force, .destroy = destroy};
