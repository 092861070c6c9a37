#include "vm/resize.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/mem.h"
#include "fs/settings.h"
#include "vm/disk.h"
#include "vm/hardware.h"
#include "vm/qmp.h"
#include "zone/force.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { ANSWER_MAX = 1 << 20 };

/* Bytes of the word size=, with the blank before or behind it, in a line; 0: there is none. */
static size_t size_word(const char *line, size_t *at)
{
	const char *word = strstr(line, "size=");
	if (word == NULL || (word > line && word[-1] != ' '))
		return 0;
	size_t n = strcspn(word, " \n");
	*at = (size_t)(word - line);
	if (*at > 0) {
		--*at;
		n++;
	} else if (word[n] == ' ') {
		n++;
	}
	return n;
}

static char *without_size(const char *line)
{
	char *copy = xstrdup(line);
	size_t at = 0, n = size_word(copy, &at);
	memmove(copy + at, copy + at + n, strlen(copy + at + n) + 1);
	return copy;
}

int resize_is_all(const char *before, const char *now)
{
	char *a = without_size(before), *b = without_size(now);
	int same = strcmp(a, b) == 0;
	free(a);
	free(b);
	return same;
}

int resize_size_of(const char *text, size_t n, unsigned disk, uint64_t *size)
{
	char name[16];
	size_t i;
	json_t *m = json_parse(text, n), *node;
	json_int_t bytes = -1;
	snprintf(name, sizeof(name), "disk%u", disk);
	json_array_foreach(json_object_get(m, "return"), i, node) {
		const json_t *size_of =
		    json_object_get(json_object_get(node, "image"), "virtual-size");
		double value = json_number_value(size_of);
		if (strcmp(json_word(node, "node-name"), name) == 0 && json_is_number(size_of) &&
		    value >= 0 && value <= (double)(UINT64_C(1) << 62))
			bytes = (json_int_t)value;
	}
	json_decref(m);
	if (bytes < 0)
		return err_set(EIO, "QEMU does not tell how large it is: log has its words");
	*size = (uint64_t)bytes;
	return 0;
}

/* ---- asking QEMU ---- */

struct resizing {
	struct vm *vm; /* borrowed: its link tells us before it goes */
	unsigned disk;
	uint64_t size; /* wanted */
};

static const struct row *row_of(unsigned disk)
{
	return &disk_rows[disk];
}

static int next(struct vm *vm, unsigned from);

/* The disk has its new size, or can't get it. */
static void end(struct resizing *q, bool ok)
{
	struct zone *z = &q->vm->z;
	struct err e;
	int r = ok ? 0 : -1;
	if (ok) {
		pending_taken(z, row_of(q->disk));
		r = next(q->vm, q->disk + 1);
	} else {
		err_wrap("disk%u", q->disk);
	}
	err_copy(&e);
	free(q);
	if (r <= 0)
		zone_forced(z, &resize_part, r < 0 ? &e : NULL);
}

static int answer_take(int fd, const struct err *e, struct buf *text)
{
	return e->code != 0 ? err_restore(e) : qmp_answer_read(fd, ANSWER_MAX, text);
}

static void resized(void *arg, int fd, const struct err *e)
{
	struct resizing *q = arg;
	struct buf text = {0};
	cleanup_fd int answer = fd;
	int r = answer_take(answer, e, &text);
	if (r == 0 && strstr(buf_text(&text), "\"error\"") != NULL)
		r = err_set(EIO, "QEMU could not make it larger: see whether there is room for it");
	buf_finish(&text);
	end(q, r == 0);
}

static int ask(struct resizing *q, link_qmp_done *done, const char *command)
{
	return link_qmp(&q->vm->z, command, strlen(command), NULL, 0, done, q);
}

static int ask_resize(struct resizing *q)
{
	char command[128];
	snprintf(command, sizeof(command),
	    "{\"execute\":\"block_resize\",\"arguments\":{\"node-name\":\"disk%u\",\"size\":"
	    "%" PRIu64 "}}",
	    q->disk, q->size);
	return ask(q, resized, command);
}

/* It may have grown by other means: it is never made smaller. */
static void size_told(void *arg, int fd, const struct err *e)
{
	struct resizing *q = arg;
	struct buf text = {0};
	uint64_t has = 0;
	cleanup_fd int answer = fd;
	int r = answer_take(answer, e, &text);
	if (r == 0)
		r = resize_size_of(buf_text(&text), text.len, q->disk, &has);
	buf_finish(&text);
	if (r == 0 && has > q->size)
		r = err_set(ERANGE,
		    "it has %" PRIu64 " bytes, and a disk is never made smaller: give size=%" PRIu64
		    " or more",
		    has, has);
	if (r == 0 && has < q->size)
		r = ask_resize(q);
	if (r < 0 || has >= q->size)
		end(q, r == 0);
}

/* ---- which ---- */

/* Only the guest's driver of virtio-blk is told of a disk's new size. */
static bool goes_live(struct vm *vm, unsigned n)
{
	const struct disk *d = vm->disks[n].v.p;
	const char *before = pending_booted(&vm->z, row_of(n));
	if (before == NULL || d == NULL || !keyed_has(d, DISK_SIZE) || d->readonly ||
	    disk_bus(vm, d) != BUS_VIRTIO || strstr(d->path, "size=") != NULL)
		return false;
	char *now = settings_row_text(&vm->z.l.obj, row_of(n));
	bool live = strcmp(before, now) != 0 && resize_is_all(before, now);
	free(now);
	return live;
}

/* Resize the next disk. 1: its end is called later; 0: there is none; -1 */
static int next(struct vm *vm, unsigned from)
{
	while (from < VM_DISKS && !goes_live(vm, from))
		from++;
	if (from == VM_DISKS)
		return 0;
	const struct disk *d = vm->disks[from].v.p;
	struct resizing *q = xcalloc(1, sizeof(*q));
	*q = (struct resizing){vm, from, d->size};
	if (ask(q, size_told,
		"{\"execute\":\"query-named-block-nodes\",\"arguments\":{\"flat\":true}}") == 0)
		return 1;
	free(q);
	return -1;
}

static int force(struct zone *z)
{
	return zone_is_up(z) ? next(vm_of(z), 0) : 0;
}

const struct zone_part resize_part = {.force = force};
