#include "vm/nvram/nvram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/mem.h"
#include "fs/entry.h"
#include "fs/text.h"
#include "vm/firmware.h"
#include "vm/hardware.h"
#include "vm/nvram/flash.h"

/* A guest may have 4,000 variables; it has some 50. What was created and not yet written is
 * nobody's variable, and stays for a while. */
enum { SHOWN_MOST = 1024 };
#define UNWRITTEN_AGE INT64_C(60000000000) /* ns */

struct entry {
	struct obj obj; /* first */
	struct buf bytes; /* empty: not written yet */
	bool seen;
};

static struct entry *entry_of(struct obj *o)
{
	return container_of(o, struct entry, obj);
}

static struct vm *vm_of_entry(const struct obj *o)
{
	return vm_of(zone_of(o->parent));
}

/* ---- one file ---- */

static int store_ask(struct vm *vm);

/* ls -l asks for each of them. A boot may have made others. */
static bool is_fresh(const struct vm *vm)
{
	int64_t age = now_ns() - vm->nvram.read;
	return age >= 0 && age < TEXT_AGE && vm->nvram.read > vm->z.l.obj.changed &&
	       vm->nvram.which == firmware_uefi(vm);
}

static int entry_show(struct obj *o, const struct row *r, struct buf *b)
{
	struct vm *vm = vm_of_entry(o);
	(void)r;
	if (firmware_is_uefi(vm) && !is_fresh(vm))
		return store_ask(vm);
	buf_add(b, buf_text(&entry_of(o)->bytes), entry_of(o)->bytes.len);
	return 0;
}

/* A second piece of what came in several would be taken for a variable of its own. */
static int entry_write(struct obj *o, struct req *r, const char *bytes, size_t n)
{
	if (r->off != 0 && r->off != ROW_END)
		return err_set(EINVAL, "a variable is one write from its beginning: give it again, "
				       "all of it in one (with dd, bs=64k)");
	return nvram_write(vm_of_entry(o), o->name, r, bytes, n);
}

static const struct row entry_rows[] = {
    {1, "content", 0600, ROW_COUNTER, "", .show = entry_show, .bytes = entry_write},
    {0},
};

static void entry_destroy_it(struct obj *o)
{
	buf_finish(&entry_of(o)->bytes);
	free(entry_of(o));
}

static const struct row *const tables[] = {entry_rows, NULL};

static const struct type entry_type = {
    .name = "variable",
    .tables = tables,
    .destroy = entry_destroy_it,
    .part = true,
    .elsewhere = true,
    .file = entry_rows,
};

/* ---- the files ---- */

static struct list *entries(struct vm *vm)
{
	return &vm->nvram.dir.objs;
}

/* It belongs to whom the directory belongs to. */
static void entry_own(struct obj *o)
{
	struct node dir = {o->parent, o->slot, 0}, n = node_of(o);
	struct attr all = node_attr(&dir), a = node_attr(&n);
	mode_t mode = all.mode & 0666;
	if (a.uid == all.uid && a.gid == all.gid && a.mode == mode)
		return;
	a.uid = all.uid;
	a.gid = all.gid;
	a.mode = mode;
	node_set_attr(&n, &a);
}

static struct entry *entry_create(struct vm *vm, const char *name)
{
	struct obj *parent = &vm->z.l.obj;
	struct entry *e = xcalloc(1, sizeof(*e));
	obj_init(&e->obj, &entry_type, tree_named_id(parent, name), name, parent, &nvram_rows[0]);
	entry_own(&e->obj);
	return e;
}

static struct entry *entry_find(struct vm *vm, const char *name)
{
	struct obj *o = dir_find(&vm->z.l.obj, &nvram_rows[0], name);
	return o != NULL ? entry_of(o) : NULL;
}

static void entry_fill(struct entry *e, const struct variable *x)
{
	struct node n = node_of(&e->obj);
	struct buf b = {0};
	uint32_t attributes = variable_attributes(x);
	buf_add(&b, &attributes, sizeof(attributes)); /* little-endian, as the host is */
	buf_add(&b, x->data, x->data_size);
	e->seen = true;
	entry_own(&e->obj);
	if (b.len == e->bytes.len && memcmp(b.at, e->bytes.at, b.len) == 0) {
		buf_finish(&b);
		return;
	}
	buf_finish(&e->bytes);
	e->bytes = b;
	node_touch(&n);
	obj_changed(&e->obj);
}

static void entry_add(struct vm *vm, const struct variable *x)
{
	char name[ENTRY_LEN + 1];
	if (!variable_name(x, name))
		return;
	struct entry *e = entry_find(vm, name);
	if (e == NULL && vm->nvram.dir.count < SHOWN_MOST)
		e = entry_create(vm, name);
	if (e != NULL && !e->seen)
		entry_fill(e, x);
}

static bool is_over(const struct entry *e)
{
	return !e->seen && (e->bytes.len > 0 || now_ns() - e->obj.changed > UNWRITTEN_AGE);
}

void nvram_show(struct vm *vm, uint32_t which, const struct variables *v)
{
	list_each(o, entries(vm), struct obj, sibling)
		entry_of(o)->seen = false;
	for (size_t i = 0; i < v->n; i++)
		entry_add(vm, &v->list[i]);
	list_each(o, entries(vm), struct obj, sibling)
		if (is_over(entry_of(o)))
			obj_destroy(o);
	vm->nvram.read = now_ns();
	vm->nvram.which = which;
}

/* ---- what is on disk ---- */

void nvram_ask(struct vm *vm, uint32_t which, bool template, helper_done *done)
{
	struct helper_nvram q = {.id = vm->z.l.obj.id, .which = which, .template = template};
	helper_ask(HELPER_NVRAM_READ, &q, sizeof(q), NULL, 0, done, vm);
}

/* fd -1: it has none yet */
static int store_take(struct vm *vm, uint32_t which, int fd)
{
	struct flash f = {0};
	struct variables v = {0};
	int r = fd >= 0 ? flash_read(&f, fd, 0) : 0;
	if (r == 0 && fd >= 0)
		r = variables_read(&v, f.bytes, f.size);
	if (r == 0)
		nvram_show(vm, which, &v);
	if (vm->z.l.obj.changed >= vm->nvram.asked_at) /* the VM booted or ended meanwhile */
		vm->nvram.read = 0;
	variables_free(&v);
	flash_free(&f);
	return r;
}

static struct obj *asked_entry(struct vm *vm)
{
	list_each(o, entries(vm), struct obj, sibling)
		if (!list_empty(&o->fetching))
			return o;
	return NULL;
}

/* One at a time from the start: who is answered may have the files changed. */
static void answer(struct vm *vm, const struct err *e)
{
	struct buf none = {0};
	for (struct obj *o; (o = asked_entry(vm)) != NULL;) {
		struct buf b = {0};
		buf_add(&b, buf_text(&entry_of(o)->bytes), entry_of(o)->bytes.len);
		err_restore(e);
		text_done(o, entry_rows, e->code == 0 ? &b : NULL);
		buf_finish(&b);
	}
	err_restore(e);
	text_done(&vm->z.l.obj, &nvram_rows[0], e->code == 0 ? &none : NULL);
	buf_finish(&none);
}

static void on_store(void *arg, const struct helper_reply *reply, int fd)
{
	struct vm *vm = arg;
	struct err e = reply->err;
	cleanup_fd int file = fd;
	vm->nvram.asked = false;
	if (e.code == 0 && store_take(vm, vm->nvram.asked_for, file) < 0)
		err_copy(&e);
	answer(vm, &e);
}

static int store_ask(struct vm *vm)
{
	if (!vm->nvram.asked) {
		vm->nvram.asked_for = firmware_uefi(vm);
		vm->nvram.asked_at = now_ns();
		nvram_ask(vm, vm->nvram.asked_for, false, on_store);
	}
	vm->nvram.asked = true;
	return TEXT_WAITS;
}

/* ---- the directory ---- */

static int dir_show(struct obj *o, const struct row *r, struct buf *b)
{
	static const struct variables none;
	struct vm *vm = vm_of(zone_of(o));
	(void)r, (void)b;
	if (firmware_is_uefi(vm) && !is_fresh(vm))
		return store_ask(vm);
	if (!firmware_is_uefi(vm))
		nvram_show(vm, UEFIS, &none);
	list_each(e, entries(vm), struct obj, sibling)
		entry_own(e);
	return 0;
}

static int entry_make_it(struct obj *parent, const struct row *row, struct req *r, const char *name)
{
	struct vm *vm = vm_of(zone_of(parent));
	(void)row;
	if (variable_check_name(name) < 0 || nvram_check(vm) < 0)
		return -1;
	if (vm->nvram.dir.count >= SHOWN_MOST)
		return err_set(ENOSPC, "there are %d files in it already: remove one", SHOWN_MOST);
	struct entry *e = entry_create(vm, name);
	struct node n = node_of(&e->obj);
	req_entry(r, &n);
	return 0;
}

static int entry_remove_it(struct obj *o, struct req *r)
{
	if (entry_of(o)->bytes.len > 0)
		return nvram_remove(vm_of_entry(o), o->name, r);
	obj_destroy(o);
	req_done(r);
	return 0;
}

static int entry_rename_it(struct obj *o, struct req *r, const char *name)
{
	(void)o, (void)r, (void)name;
	return err_set(EPERM, "a variable keeps its name: write another, then remove this one");
}

static const struct dir_row nvram_dir = {
    .make = entry_make_it, .remove = entry_remove_it, .rename = entry_rename_it, .files = true};

const struct row nvram_rows[] = {
    {206, "nvram", S_IFDIR | 0700, ROW_COUNTER | ROW_OWNERS,
	"UEFI's variables, a file each, as in efivarfs: boot entries and keys", .dir = &nvram_dir,
	.off = offsetof(struct vm, nvram.dir), .show = dir_show},
    {0},
};
