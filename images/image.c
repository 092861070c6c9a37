/* Images as objects of the tree: made, shown, kept on disk, renamed. */
#include "images/image.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/help.h"
#include "host/event.h"
#include "host/history.h"
#include "host/ask.h"
#include "images/import.h"
#include "images/remove.h"

void (*image_users)(const struct image *m, struct buf *b);

static const char *const state_names[IMAGE_STATES] = {"empty", "importing", "ready", "failed"};
static const char *const type_names[IMAGE_TYPES] = {"none", "root", "disk"};

/* ---- what is read ---- */

static int show_status(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct image *m = image_of(o);
	const struct import_report *i = &m->is;
	buf_printf(b,
	    "state %s\nid %" PRIu64 "\nprogress %u\nbytes %" PRIu64 "\nfiles %" PRIu64 "\n",
	    state_names[m->state], o->id, i->percent, i->bytes, i->files);
	buf_printf(b, "skipped %" PRIu64 " devices %" PRIu64 " sockets %" PRIu64 " attributes\n",
	    i->devices, i->sockets, i->attributes);
	return 0;
}

static int show_type(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct image *m = image_of(o);
	buf_printf(b, "%s\n", type_names[m->filled ? m->is.type : IMAGE_NONE]);
	return 0;
}

static int show_size(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct image *m = image_of(o);
	buf_printf(b, "%" PRIu64 "\n", m->filled ? m->is.size : 0);
	return 0;
}

static int show_users(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	image_users(image_of(o), b);
	return 0;
}

/* What the OVA has and the VM is yet to be given. */
static void show_lacking(const struct import_machine *m, struct buf *b)
{
	if (m->nics > 0)
		buf_printf(b,
		    "# network interfaces: %u; nic0=bridge=NAME or nic0=user, and so on\n",
		    m->nics);
	if (m->blank > 0)
		buf_printf(b, "# empty disks: %u; disk1=path=PATH size=SIZE bus=sata, and so on\n",
		    m->blank);
}

/* Nearly any system has a driver for SATA, whatever controller it had. */
static void show_machine(const struct image *m, struct buf *b)
{
	const struct import_machine *h = &m->is.machine;
	static const char *const systems[] = {
	    [OS_IS_LINUX] = "linux", [OS_IS_WINDOWS] = "windows", [OS_IS_OTHER] = "other"};
	bool ova = h->vcpus > 0 || h->ram > 0;
	if (h->vcpus > 0)
		buf_printf(b, "vcpus=%u\n", h->vcpus);
	if (h->ram > 0)
		buf_printf(b, "ram=%" PRIu64 "\n", h->ram);
	if (ova)
		buf_printf(b, "firmware=%s\n", h->uefi != 0 ? "uefi" : "bios");
	if (ova && h->os != OS_UNSAID)
		buf_printf(b, "os=%s\n", systems[h->os]);
	buf_printf(b, "disk0=image=%s%s\n", m->obj.name, ova ? " bus=sata" : "");
	if (ova)
		buf_str(b, "# bus=virtio is quicker, for a system that has its drivers\n");
	show_lacking(h, b);
}

static int show_config(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	const struct image *m = image_of(o);
	if (!m->filled)
		buf_str(b, "# nothing: import into it first\n");
	else if (m->is.type == IMAGE_DISK)
		show_machine(m, b);
	else
		buf_printf(b, "image=%s\n", m->obj.name);
	return 0;
}

static const struct row rows[] = {
    {1, "help", 0444, 0, "this", .show = help_show},
    {2, "ctl", 0600, ROW_OWNERS, "commands; cat ctl lists them", .commands = image_commands,
	.example = "import /root/debian.tar.zst"},
    {3, "status", 0444, ROW_COUNTER, "state, progress in percent, bytes, what was left out",
	.show = show_status},
    {4, "type", 0444, 0, "root: for zones; disk: for VMs; none: it is empty", .show = show_type},
    {5, "size", 0444, 0, "bytes that it takes on disk", .show = show_size},
    {6, "users", 0444, ROW_COUNTER, "the zones and VMs that use it, one a line",
	.show = show_users},
    {7, "error", 0444, 0, "what was wrong with the last refused write, or why an import failed",
	.show_to = error_show},
    {8, "event", 0444, 0, "a line for everything that happens to it", .begin = event_begin,
	.stream = event_read},
    {9, "history", 0444, ROW_GROWS, "what happened to it, a line each; tail -f follows it",
	.show = history_show},
    {10, "config", 0444, 0, "settings that use it: cat config > zones/NAME/config, or vms/NAME",
	.show = show_config},
    {0},
};

/* ---- finding one ---- */

struct image *image_find(const char *name)
{
	struct obj *root = tree_root();
	struct obj *o = dir_find(root, row_by_name(root->type, "images"), name);
	return o != NULL ? image_of(o) : NULL;
}

/* A user who may read the image's directory may use the image. */
static bool is_readable(const struct obj *o, const struct author *a)
{
	mode_t mine = a->uid == o->attr.uid				   ? 0400
		      : a->gid == o->attr.gid || author_in(a, o->attr.gid) ? 0040
									   : 0004;
	return a->uid == 0 || (o->attr.mode & mine) != 0;
}

struct image *image_for(const char *name, enum image_type type, const struct author *a)
{
	static const char *const uses[IMAGE_TYPES] = {"nothing",
	    "the root of zones: give it as a zone's image",
	    "a disk of VMs: give it as image= of a disk"};
	static const char *const instead[IMAGE_TYPES] = {"the name of an image",
	    "host, or the name of an image", "image=NAME, one of those in images"};
	char q[80];
	struct image *m = image_find(name);
	word_quote(name, q, sizeof(q));
	if (m == NULL || m->removal != NULL)
		err_set(ENOENT, "there is no image \"%s\": give %s", q, instead[type]);
	else if (m->state != IMAGE_READY)
		err_set(ENOENT, "the image \"%s\" is %s: import into it first", q,
		    state_names[m->state]);
	else if (m->is.type != type)
		err_set(EINVAL, "the image \"%s\" is for %s", q, uses[m->is.type % IMAGE_TYPES]);
	else if (!is_readable(&m->obj, a))
		err_set(EACCES, "the image \"%s\" is not yours to read: ask its owner", q);
	else
		return m;
	return NULL;
}

void images_used(void)
{
	struct obj *root = tree_root();
	const struct row *slot = row_by_name(root->type, "images");
	list_each(o, &dir_of(root, slot)->objs, struct obj, sibling)
		o->version++;
}

int image_unused(struct image *m)
{
	struct buf b = {0};
	image_users(m, &b);
	bool used = b.len > 0;
	if (used)
		err_set(ENOTEMPTY, "%.*s uses it: give that another, or remove it first",
		    (int)strcspn(buf_text(&b), "\n"), buf_text(&b));
	buf_finish(&b);
	return used ? -1 : 0;
}

/* ---- on disk ---- */

static void save(const struct obj *o, struct buf *b)
{
	const struct image *m = image_of((struct obj *)(uintptr_t)o);
	const struct import_report *i = &m->is;
	if (m->filled)
		buf_printf(b,
		    "holds %u %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		    " %" PRIu64 " %" PRIu64 "\n",
		    i->type, i->format, i->size, i->disk_size, i->bytes, i->files, i->devices,
		    i->sockets, i->attributes);
	if (m->filled && i->machine.vcpus + i->machine.ram > 0)
		buf_printf(b, "machine %" PRIu64 " %u %u %u %u %u\n", i->machine.ram,
		    i->machine.vcpus, i->machine.nics, i->machine.blank, i->machine.uefi,
		    i->machine.os);
}

static int load_machine(struct image *m, const char *value)
{
	struct import_machine h = {0};
	/* an older version kept no os */
	if (sscanf(value, "%" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32,
		&h.ram, &h.vcpus, &h.nics, &h.blank, &h.uefi, &h.os) < 5 ||
	    h.os >= IMPORT_OSES)
		return err_set(EBADMSG, "bad contents");
	m->is.machine = h;
	return 0;
}

static int load(struct obj *o, char *key, char *value)
{
	struct image *m = image_of(o);
	struct import_report i = {.kind = IMPORT_DONE, .percent = 100};
	if (strcmp(key, "machine") == 0)
		return load_machine(m, value);
	if (strcmp(key, "holds") != 0)
		return 1;
	if (sscanf(value,
		"%" SCNu32 " %" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		" %" SCNu64 " %" SCNu64,
		&i.type, &i.format, &i.size, &i.disk_size, &i.bytes, &i.files, &i.devices,
		&i.sockets, &i.attributes) != 9 ||
	    i.type == IMAGE_NONE || i.type >= IMAGE_TYPES || i.format >= DISK_FORMATS)
		return err_set(EBADMSG, "bad contents");
	i.machine = m->is.machine;
	m->is = i;
	m->filled = true;
	if (m->state != IMAGE_IMPORTING)
		m->state = IMAGE_READY;
	return 0;
}

static unsigned state_bit(const struct obj *o)
{
	return 1U << image_of((struct obj *)(uintptr_t)o)->state;
}

static void destroy(struct obj *o)
{
	struct image *m = image_of(o);
	helper_forget(m);
	helper_forget(&m->sweeping);
	helper_forget(m->removal);
	loop_close(&m->source);
	fd_close(&m->report);
	free(m->removal);
	free(m);
}

static const struct row *const tables[] = {rows, NULL};

const struct type image_object = {
    .name = "image",
    .help = "echo import /PATH > ctl fills it; then echo NAME > zones/ZONE/image uses it.\n",
    .tables = tables,
    .save = save,
    .load = load,
    .state = state_bit,
    .destroy = destroy,
};

struct image *image_create(
    uint64_t id, const char *name, struct obj *parent, const struct row *slot)
{
	struct image *m = xcalloc(1, sizeof(*m));
	m->report = -1;
	obj_init(&m->obj, &image_object, id, name, parent, slot);
	return m;
}

/* ---- mkdir and mv ---- */

static struct obj *new_image(struct obj *parent, const struct row *slot, const char *name)
{
	if (strcmp(name, "host") == 0 || strcmp(name, "none") == 0) {
		err_set(EINVAL, "%s means something else as a zone's image: choose another", name);
		return NULL;
	}
	return &image_create(tree_new_id(), name, parent, slot)->obj;
}

static void image_made(struct obj *o)
{
	image_event(image_of(o), "created", "%s", "");
}

static int may_rename(struct obj *o)
{
	if (image_of(o)->removal != NULL)
		return err_set(ENOENT, "it is being removed");
	return image_unused(image_of(o));
}

static const char dir_help[] =
    "mkdir NAME makes an image, mv renames one, rmdir removes one, both while none uses it.\n"
    "\n"
    "  mkdir debian\n"
    "  echo import /root/debian.tar.zst > debian/ctl      returns when it is filled\n"
    "  echo debian > ../zones/web/image                   for a zone's next boot\n"
    "  echo import /root/lin.qcow2 > lin/ctl              the image of a disk, after mkdir lin\n"
    "  echo image=lin > ../vms/web/disk0                  for a VM's next boot\n";

const struct dir_row images_dir = {.create = new_image,
    .made = image_made,
    .remove = image_remove,
    .leaves = image_leaves,
    .kept = image_kept,
    .rename = entry_rename,
    .may_rename = may_rename,
    .help = dir_help};
