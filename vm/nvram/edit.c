/* A change of UEFI's variables: what is on disk is read, changed, and replaced as a whole. Those of
 * a VM are made one after the other; meanwhile it can't boot. With the last variable goes the file:
 * the next boot makes it anew, with the keys of Secure Boot. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/mem.h"
#include "fs/error.h"
#include "vm/firmware.h"
#include "vm/nvram/enroll.h"
#include "vm/nvram/flash.h"
#include "vm/nvram/nvram.h"
#include "zone/parts.h"

struct edit {
	struct list link; /* vm::nvram.edits */
	uint32_t which; /* of the VM's variables: an enum uefi */
	char name[ENTRY_LEN + 1]; /* "": the certificates are added */
	uint8_t *bytes; /* owned: what is written; NULL: it is removed */
	size_t n;
	struct req *req; /* NULL: interrupted, or a command waits */
	struct command *command; /* or NULL */
	struct flash flash;
	struct variables variables;
	struct enrolled enrolled;
};

static void edit_begin(struct vm *vm);

static struct edit *current(struct vm *vm)
{
	return container_of(vm->nvram.edits.next, struct edit, link);
}

static void edit_free(struct edit *e)
{
	list_del(&e->link);
	variables_free(&e->variables);
	flash_free(&e->flash);
	enrolled_free(&e->enrolled);
	free(e->bytes);
	free(e);
}

/* ---- its end ---- */

static void request_answer(struct vm *vm, struct edit *e, bool ok)
{
	char *file = xasprintf("nvram/%s", e->name);
	if (!ok)
		error_refuse(e->req, &vm->z.l.obj, file);
	else if (e->bytes != NULL)
		req_wrote(e->req, e->n);
	else
		req_done(e->req);
	free(file);
}

/* ok: as code 0 of an error. What comes next begins before a command goes on, which may want the
 * same. */
static void edit_end(struct vm *vm, bool ok)
{
	struct edit *e = current(vm);
	struct command *c = e->command;
	struct err why;
	err_copy(&why);
	if (e->req != NULL)
		request_answer(vm, e, ok);
	edit_free(e);
	if (!list_empty(&vm->nvram.edits))
		edit_begin(vm);
	err_restore(&why);
	if (c != NULL)
		command_done(c, ok);
}

/* What was replaced is read again, as it has moved. */
static void edit_show(struct vm *vm, struct edit *e)
{
	bool any = e->variables.n > 0;
	variables_free(&e->variables);
	if (!any || variables_read(&e->variables, e->flash.bytes, e->flash.size) == 0)
		nvram_show(vm, e->which, &e->variables);
}

static void on_written(void *arg, const struct helper_reply *reply, int fd)
{
	struct vm *vm = arg;
	fd_close(&fd);
	if (reply->err.code != 0) {
		err_restore(&reply->err);
		edit_end(vm, false);
		return;
	}
	edit_show(vm, current(vm));
	edit_end(vm, true);
}

/* ---- its way ---- */

static int write_ask(struct vm *vm, struct edit *e)
{
	struct helper_nvram q = {.id = vm->z.l.obj.id, .which = e->which};
	cleanup_fd int file = memfd_create("nvram", MFD_CLOEXEC);
	if (file < 0)
		return err_sys("keep its variables");
	if (nvram_check(vm) < 0)
		return -1;
	if (e->variables.n > 0 &&
	    (variables_write(&e->variables) < 0 || flash_write(&e->flash, file) < 0))
		return -1;
	helper_ask(HELPER_NVRAM_WRITE, &q, sizeof(q), &file, 1, on_written, vm);
	return 0;
}

static int enroll_from(struct edit *e, int template)
{
	struct flash f = {0};
	struct variables v = {0};
	int r = flash_read(&f, template, 1);
	if (r == 0)
		r = variables_read(&v, f.bytes, f.size);
	if (r == 0)
		r = enroll(&e->variables, &v, &e->enrolled);
	variables_free(&v);
	flash_free(&f);
	return r;
}

static void on_template(void *arg, const struct helper_reply *reply, int fd)
{
	struct vm *vm = arg;
	cleanup_fd int file = fd;
	int added =
	    reply->err.code == 0 ? enroll_from(current(vm), file) : err_restore(&reply->err);
	if (added == 0)
		edit_end(vm, true);
	else if (added < 0 || write_ask(vm, current(vm)) < 0)
		edit_end(vm, false);
}

static int edit_take(struct edit *e, int file)
{
	if (file < 0)
		return err_set(ENOENT, "it has no variables yet: boot it once");
	if (flash_read(&e->flash, file, 0) < 0)
		return -1;
	return variables_read(&e->variables, e->flash.bytes, e->flash.size);
}

static int edit_go(struct vm *vm, struct edit *e)
{
	if (e->name[0] == '\0') {
		nvram_ask(vm, e->which, true, on_template);
		return 0;
	}
	if (e->bytes == NULL)
		variables_remove(&e->variables, e->name);
	else if (variables_set(&e->variables, e->name, e->bytes, e->n) < 0)
		return -1;
	return write_ask(vm, e);
}

static void on_read(void *arg, const struct helper_reply *reply, int fd)
{
	struct vm *vm = arg;
	cleanup_fd int file = fd;
	struct edit *e = current(vm);
	int r = reply->err.code == 0 ? edit_take(e, file) : err_restore(&reply->err);
	if (r < 0 || edit_go(vm, e) < 0)
		edit_end(vm, false);
}

static void edit_begin(struct vm *vm)
{
	nvram_ask(vm, current(vm)->which, false, on_read);
}

/* ---- what is asked for ---- */

int nvram_check(struct vm *vm)
{
	if (!firmware_is_uefi(vm))
		return err_set(EOPNOTSUPP,
		    "its firmware is bios, which has no variables: set firmware to uefi, or "
		    "secureboot to on");
	if (zone_runs(&vm->z))
		return err_set(EEXIST, "it runs: halt it first, or change it from inside");
	return 0;
}

static struct edit *edit_add(struct vm *vm, const char *name)
{
	struct edit *e = xcalloc(1, sizeof(*e));
	e->which = firmware_uefi(vm);
	memccpy(e->name, name, '\0', sizeof(e->name) - 1);
	list_add_tail(&vm->nvram.edits, &e->link);
	if (current(vm) == e)
		edit_begin(vm);
	return e;
}

int nvram_write(struct vm *vm, const char *name, struct req *r, const char *bytes, size_t n)
{
	if (nvram_check(vm) < 0)
		return -1;
	if (n > VARIABLE_MOST)
		return err_set(ERANGE, "it has %zu bytes: give fewer than %d", n, VARIABLE_MOST);
	struct edit *e = edit_add(vm, name);
	e->bytes = memcpy(xcalloc(1, n), bytes, n);
	e->n = n;
	req_hold(r, &e->req);
	return 0;
}

int nvram_remove(struct vm *vm, const char *name, struct req *r)
{
	if (nvram_check(vm) < 0)
		return -1;
	req_hold(r, &edit_add(vm, name)->req);
	return 0;
}

int nvram_enroll(struct obj *o, struct command *c)
{
	struct vm *vm = vm_of(zone_of(o));
	if (nvram_check(vm) < 0)
		return -1;
	edit_add(vm, "")->command = c;
	return COMMAND_WAITS;
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	list_init(&vm_of(z)->nvram.edits);
}

static int fill(struct zone *z, struct zone_request *r)
{
	(void)r;
	return list_empty(&vm_of(z)->nvram.edits)
		   ? 0
		   : err_set(EIO, "nvram: it is being changed: boot it again");
}

static void destroy(struct zone *z)
{
	list_each(e, &vm_of(z)->nvram.edits, struct edit, link) {
		if (e->req != NULL)
			req_fail(e->req, ENOENT);
		edit_free(e);
	}
}

const struct zone_part nvram_part = {.init = init, .fill = fill, .destroy = destroy};
