#include "monitor/metadata/keys.h"

#include <string.h>

#include "base/err.h"
#include "base/list.h"

static int files = -1;
static struct buf known, wanted; /* wanted: of one item; empty: there is no change */
static bool told;
static uint32_t latest; /* the number of that change */

void keys_init(int dir)
{
	files = dir;
}

bool keys_known(void)
{
	return told;
}

int keys_set(int file)
{
	struct buf list = {0};
	if (metalist_read(file, &list) < 0)
		return -1;
	struct buf before = known;
	known = list;
	told = true;
	int r = files >= 0 ? metalist_place(files, &known, &before) : 0;
	buf_finish(&before);
	return r;
}

/* In cloud-init's DataSourceSmartOS these stand for what NoCloud calls so. */
static const struct {
	const char *asked, *name;
} aliases[] = {
    {"cloud-init:user-data", "user-data"},
    {"sdc:vendor-data", "vendor-data"},
};

bool keys_find(const char *name, struct metalist_item *i)
{
	for (size_t k = 0; k < NELEM(aliases); k++)
		if (strcmp(aliases[k].asked, name) == 0)
			name = aliases[k].name;
	return metalist_find(&known, name, i);
}

void keys_names(struct buf *to)
{
	struct metalist_item i = {.next = 0};
	while (metalist_next(&known, &i))
		if (i.kind == METALIST_FILE)
			buf_printf(to, "%s\n", i.name);
}

bool keys_changing(void)
{
	return wanted.len > 0;
}

void keys_change(enum metalist_kind kind, const char *name, const void *bytes, size_t size)
{
	metalist_add(&wanted, kind, name, bytes, size);
	latest++;
}

int keys_change_file(uint32_t *its_number)
{
	*its_number = latest;
	return keys_changing() ? metalist_file(&wanted) : -1;
}

bool keys_changed(uint64_t its_number)
{
	if (!keys_changing() || its_number != latest)
		return false;
	buf_cut(&wanted, 0);
	return true;
}
