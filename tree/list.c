#include "tree/list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rctl/group.h"
#include "zone/state.h"

enum { COLUMNS = 9, LIST_CELL = 72 };
static const char *const titles[COLUMNS] = {
    "NAME", "KIND", "STATE", "PID", "CPU%", "CAP", "SHARES", "MEM", "UPTIME"};

struct table {
	char (*cells)[COLUMNS][LIST_CELL]; /* owned */
	size_t rows;
};

static void size_cell(char *cell, uint64_t bytes)
{
	static const char units[] = "BKMGT";
	size_t u = 0;
	while (bytes >= 10240 && u + 2 < sizeof(units)) {
		bytes /= 1024;
		u++;
	}
	snprintf(cell, LIST_CELL, "%" PRIu64 "%c", bytes, units[u]);
}

static void number_cell(char *cell, uint64_t n)
{
	if (n == VALUE_NONE)
		snprintf(cell, LIST_CELL, "none");
	else
		snprintf(cell, LIST_CELL, "%" PRIu64, n);
}

static void running_cells(struct zone *z, char (*c)[LIST_CELL])
{
	uint64_t bytes = 0;
	int64_t up = now_ns() / 1000000000 - z->started / 1000000;
	number_cell(c[3], (uint64_t)z->pid);
	number_cell(c[4], recent_percent(&z->l));
	if (z->l.cap_used != 0) /* a throttled zone's cap in force is its baseline */
		number_cell(c[5], z->l.cap_used == GROUP_NONE ? VALUE_NONE : z->l.cap_used);
	if (group_face()->get_memory(z->l.group, &bytes) == 0)
		size_cell(c[7], bytes);
	snprintf(c[8], LIST_CELL, "%" PRId64 ":%02" PRId64 ":%02" PRId64, up / 3600, up / 60 % 60,
	    up % 60);
}

static void add_row(struct table *t, struct zone *z)
{
	char(*c)[LIST_CELL] = t->cells[t->rows++];
	for (int i = 3; i < COLUMNS; i++)
		snprintf(c[i], LIST_CELL, "-");
	snprintf(c[0], LIST_CELL, "%.*s", NAME_LEN, z->l.obj.name);
	snprintf(c[1], LIST_CELL, "%s", z->l.obj.type->name);
	snprintf(c[2], LIST_CELL, "%s", zone_state_names[z->state]);
	number_cell(c[5], z->l.cap.n);
	number_cell(c[6], z->l.shares.n);
	if (z->state == ZONE_RUNNING || z->state == ZONE_PAUSED)
		running_cells(z, c);
}

static void print_table(const struct table *t, struct buf *b)
{
	int width[COLUMNS] = {0};
	for (size_t r = 0; r < t->rows; r++)
		for (int i = 0; i < COLUMNS; i++) {
			int n = (int)strlen(t->cells[r][i]);
			width[i] = n > width[i] ? n : width[i];
		}
	for (size_t r = 0; r < t->rows; r++) {
		for (int i = 0; i + 1 < COLUMNS; i++) /* words to the left, numbers to the right */
			buf_printf(b, "%*s  ", i < 3 ? -width[i] : width[i], t->cells[r][i]);
		buf_printf(b, "%*s\n", width[COLUMNS - 1], t->cells[r][COLUMNS - 1]);
	}
}

static size_t zones_count(const struct dir *const *dirs)
{
	size_t n = 0;
	for (; *dirs != NULL; dirs++)
		n += (*dirs)->count;
	return n;
}

void list_show(const struct dir *const *dirs, struct buf *b)
{
	struct table t = {.cells = xcalloc(1 + zones_count(dirs), sizeof(*t.cells)), .rows = 1};
	for (int i = 0; i < COLUMNS; i++)
		snprintf(t.cells[0][i], LIST_CELL, "%s", titles[i]);
	for (; *dirs != NULL; dirs++)
		list_each(o, &(*dirs)->objs, struct obj, sibling)
			add_row(&t, zone_of(o));
	print_table(&t, b);
	free(t.cells);
}
