#include "zone/preflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/mem.h"
#include "fs/foreign.h"
#include "zone/parts.h"
#include "zone/start.h"

/* The string that begins with `key`, among n of them. */
static const char *string_find(const struct buf *strings, uint32_t n, const char *key)
{
	const char *s = buf_text(strings);
	for (; n > 0; n--, s += strlen(s) + 1)
		if (strncmp(s, key, strlen(key)) == 0)
			return s + strlen(key);
	return "";
}

/* The program is looked for in the running zone's root, so only if the next boot has the same
 * image. */
static int program_fill(struct zone *z, const struct zone_request *r, struct helper_preflight *q)
{
	struct buf argv = {0}, env = {0};
	uint32_t argc = 0, envc = 0;
	int result = z->kind->orders(z, &argv, &argc, &env, &envc);
	if (result == 0)
		result = orders_check(&argv, argc, &env, envc);
	if (result == 0 && z->init.s != NULL && r->images[0] == z->image_ids[0]) {
		q->pid = (int32_t)z->pid;
		memccpy(q->program, buf_text(&argv), '\0', sizeof(q->program) - 1);
		memccpy(q->path, string_find(&env, envc, "PATH="), '\0', sizeof(q->path) - 1);
	}
	buf_finish(&argv);
	buf_finish(&env);
	return result;
}

static int fill(struct zone *z, struct zone_request *r, struct helper_preflight *q)
{
	if (z->l.obj.unreadable)
		return err_set(EIO, "its settings can't be read: mend its file below state=, mount "
				    "again");
	if (foreign_check_values(&z->l.obj) < 0 || parts_fill(z, r) < 0 ||
	    program_fill(z, r, q) < 0)
		return -1;
	if (r->list < 0 && (r->list = memfd_create("none", MFD_CLOEXEC)) < 0)
		return err_sys("make an empty list");
	q->id = z->l.obj.id;
	q->uids = z->uids;
	q->image = r->q.zone.image;
	q->hostmounts = r->q.zone.hostmounts;
	q->files = r->q.files;
	memcpy(q->nics, r->q.zone.nics, sizeof(q->nics));
	return 0;
}

int preflight_ask(struct zone *z, helper_done *done)
{
	struct zone_request *r = request_create(z);
	struct helper_preflight *q = xcalloc(1, sizeof(*q));
	int result = fill(z, r, q);
	if (result == 0)
		helper_ask(HELPER_PREFLIGHT, q, sizeof(*q), &r->list, 1, done, z);
	free(q);
	request_destroy(r);
	return result;
}
