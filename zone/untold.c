/* Events that are due when a change is on disk. If the daemon dies in between the next one emits
 * them: a line of the settings file says which files have a new value, and how far the events were:
 * "untold SEQ SINCE FILE ...". FILE . is the zone itself, which was made. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fs/change.h"
#include "host/event.h"
#include "zone/object.h"
#include "zone/parts.h"

static void save(const struct zone *z, struct buf *b)
{
	const struct row *r = NULL;
	struct event_place now = event_place();
	struct buf files = {0};
	if (z->making)
		buf_str(&files, " .");
	while ((r = row_next(z->l.obj.type, r)) != NULL)
		if (change_is_new(&z->l.obj, r))
			buf_printf(&files, " %s", r->name);
	if (files.len > 0)
		buf_printf(
		    b, "untold %" PRIu64 " %" PRId64 "%s\n", now.seq, now.since, buf_text(&files));
	buf_finish(&files);
}

static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "untold") != 0)
		return 1;
	free(z->untold);
	z->untold = xstrdup(value);
	return 0;
}

static void tell(struct zone *z, struct event_place after, const char *file)
{
	const struct row *r = row_by_name(z->l.obj.type, file);
	if (strcmp(file, ".") == 0 && !event_came(&z->l.obj, after, "created", ""))
		zone_made(&z->l.obj);
	char *more = xasprintf("file=%s", file);
	if (r != NULL && !event_came(&z->l.obj, after, "config", more))
		zone_changed(&z->l.obj, r);
	free(more);
}

static void found(struct zone *z)
{
	struct event_place after;
	int at = 0;
	char *files = z->untold;
	if (files != NULL &&
	    sscanf(files, "%" SCNu64 " %" SCNd64 " %n", &after.seq, &after.since, &at) == 2) {
		files += at;
		for (char *file; (file = strsep(&files, " ")) != NULL;)
			tell(z, after, file);
	}
	free(z->untold);
	z->untold = NULL;
}

static void destroy(struct zone *z)
{
	free(z->untold);
}

const struct zone_part untold_part = {
    .save = save, .load = load, .found = found, .destroy = destroy};
