#include "vm/resize.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "fs/settings.h"
#include "vm/ask.h"
#include "vm/disk.h"
#include "vm/hardware.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/pending.h"

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

int resize_size_of(const json_t *returned, const char *node, uint64_t *size)
{
	size_t i;
	json_t *n;
	double bytes = -1;
	json_array_foreach(returned, i, n) {
		const json_t *of = json_object_get(json_object_get(n, "image"), "virtual-size");
		if (strcmp(json_word(n, "node-name"), node) == 0 && json_is_number(of))
			bytes = json_number_value(of);
	}
	if (bytes < 0 || bytes > (double)(UINT64_C(1) << 62))
		return err_set(EIO, "QEMU does not tell how large it is: log has its words");
	*size = (uint64_t)bytes;
	return 0;
}

int resize_set_of(const json_t *returned, const char *node, unsigned *set)
{
	size_t i;
	json_t *n;
	int end = 0;
	json_array_foreach(returned, i, n) {
		const char *file = json_word(n, "file");
		if (strcmp(json_word(n, "node-name"), node) == 0 &&
		    sscanf(file, "/dev/fdset/%9u%n", set, &end) == 1 && file[end] == '\0')
			return 0;
	}
	return err_set(EIO, "QEMU does not tell what it has open for it: log has its words");
}

/* ---- asking QEMU ---- */

/* Of a raw disk QEMU tells the size that it had when it was opened, and cuts a file that has grown
 * since by other means. So its descriptor is opened once more, and that node's size is the file's.
 */
#define NODES "{\"execute\":\"query-named-block-nodes\",\"arguments\":{\"flat\":true}}"
#define LOOK "resize-look"
#define CLOSE "{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":\"" LOOK "\"}}"

/* All are looked at before any grows: none is ever made smaller again. */
struct resizing {
	struct vm *vm; /* borrowed: its questions end before it goes */
	bool grows;
	unsigned disk, set; /* /dev/fdset/SET has its file */
	uint64_t size, has; /* wanted; of the file */
	struct err why; /* code 0: it was looked at */
};

static const struct row *row_of(unsigned disk)
{
	return &disk_rows[disk];
}

static int next(struct vm *vm, unsigned from, bool grows);

/* The disk can have its new size, or has it; or can't get it. */
static void end(struct resizing *q, bool ok)
{
	struct zone *z = &q->vm->z;
	struct err e;
	int r = ok ? 0 : -1;
	if (ok && q->grows)
		pending_taken(z, row_of(q->disk));
	if (ok)
		r = next(q->vm, q->disk + 1, q->grows);
	else
		err_wrap("disk%u", q->disk);
	err_copy(&e);
	free(q);
	if (r <= 0)
		zone_forced(z, &resize_part, r < 0 ? &e : NULL);
}

static void resized(void *arg, int result)
{
	if (result < 0 && err_code() == EIO)
		err_set(EIO, "QEMU could not make it larger: see whether there is room for it");
	end(arg, result > 0);
}

static int resize(struct resizing *q)
{
	char command[128];
	snprintf(command, sizeof(command),
	    "{\"execute\":\"block_resize\",\"arguments\":{\"node-name\":\"disk%u\",\"size\":"
	    "%" PRIu64 "}}",
	    q->disk, q->size);
	return ask(q->vm, command, 0, NULL, resized, q);
}

static void decide(struct resizing *q)
{
	if (q->why.code == 0 && q->has <= q->size) {
		end(q, true);
		return;
	}
	if (q->why.code != 0)
		err_restore(&q->why);
	else
		err_set(ERANGE,
		    "it has %" PRIu64 " bytes, more than size=%" PRIu64
		    ", and a disk is never made smaller: give size=%" PRIu64 " or more",
		    q->has, q->size, q->has);
	end(q, false);
}

static void closed(void *arg, int result)
{
	(void)result;
	decide(arg);
}

static int look_at_size(void *arg, const json_t *returned)
{
	struct resizing *q = arg;
	return resize_size_of(returned, LOOK, &q->has) < 0 ? -1 : 1;
}

static void looked(void *arg, int result)
{
	struct resizing *q = arg;
	if (result < 0)
		err_copy(&q->why);
	if (ask(q->vm, CLOSE, 0, NULL, closed, q) < 0)
		end(q, false);
}

static void opened(void *arg, int result)
{
	struct resizing *q = arg;
	if (result < 0 || ask(q->vm, NODES, 0, look_at_size, looked, q) < 0)
		end(q, false);
}

/* Of a daemon that died there may be one open. */
static void was_closed(void *arg, int result)
{
	struct resizing *q = arg;
	const struct disk *d = q->vm->disks[q->disk].v.p;
	char command[192];
	(void)result;
	snprintf(command, sizeof(command),
	    "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"%s\",\"node-name\":\"" LOOK
	    "\",\"filename\":\"/dev/fdset/%u\",\"locking\":\"off\"}}",
	    vm_path_is_device(d->path) ? "host_device" : "file", q->set);
	if (ask(q->vm, command, 0, NULL, opened, q) < 0)
		end(q, false);
}

static int look_at_set(void *arg, const json_t *returned)
{
	struct resizing *q = arg;
	char node[16];
	snprintf(node, sizeof(node), "disk%u", q->disk);
	return resize_set_of(returned, node, &q->set) < 0 ? -1 : 1;
}

static void set_known(void *arg, int result)
{
	struct resizing *q = arg;
	if (result < 0 || ask(q->vm, CLOSE, 0, NULL, was_closed, q) < 0)
		end(q, false);
}

/* What a disk of qcow2 has is in its header, which nobody but QEMU writes meanwhile. */
static int look_at_qcow2(void *arg, const json_t *returned)
{
	struct resizing *q = arg;
	char node[16];
	snprintf(node, sizeof(node), "disk%u", q->disk);
	return resize_size_of(returned, node, &q->has) < 0 ? -1 : 1;
}

static void qcow2_known(void *arg, int result)
{
	struct resizing *q = arg;
	if (result < 0)
		err_copy(&q->why);
	decide(q);
}

static int look(struct resizing *q, unsigned format)
{
	if (format == FORMAT_QCOW2)
		return ask(q->vm, NODES, 0, look_at_qcow2, qcow2_known, q);
	return ask(q->vm, NODES, 0, look_at_set, set_known, q);
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

/* Look at the next disk, or let it grow. 1: its end is called later; 0: there is none; -1 */
static int next(struct vm *vm, unsigned from, bool grows)
{
	while (from < VM_DISKS && !goes_live(vm, from))
		from++;
	if (from == VM_DISKS)
		return grows ? 0 : next(vm, 0, true);
	const struct disk *d = vm->disks[from].v.p;
	struct resizing *q = xcalloc(1, sizeof(*q));
	*q = (struct resizing){.vm = vm, .disk = from, .grows = grows, .size = d->size};
	if ((grows ? resize(q) : look(q, d->format)) == 0)
		return 1;
	free(q);
	return -1;
}

static int force(struct zone *z)
{
	return zone_is_up(z) ? next(vm_of(z), 0, false) : 0;
}

const struct zone_part resize_part = {.force = force};
