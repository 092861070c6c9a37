/* Keys are sent one chord at a time, as a keyboard has room for some 16 bytes that its guest has
 * not read, and drops the rest. QEMU's own send-key is not used: it drops what it has no room for
 * in its queue, and what comes while the guest is paused, and says nothing. */
#include "vm/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json.h"
#include "base/loop.h"
#include "base/mem.h"
#include "fs/error.h"
#include "fs/message.h"
#include "fs/req.h"
#include "vm/chord.h"
#include "vm/qmp.h"
#include "zone/link.h"
#include "zone/parts.h"
#include "zone/pending.h"

/* For how long a chord is held, and as long until the next: 25 in a second. */
enum { HOLD_MS = 20, LOOK_MS = 100, ANSWER_MAX = 64 << 10 };

/* One write. */
struct typing {
	struct list link; /* vm::keys, the oldest first: only that one is typed */
	struct req *req; /* NULL: interrupted */
	size_t size;
	struct chord *chords; /* owned */
	size_t n, done;
};

static void typing_free(struct typing *t)
{
	list_del(&t->link);
	free(t->chords);
	free(t);
}

static void typing_refuse(struct vm *vm, struct typing *t)
{
	if (t->req != NULL)
		error_refuse(t->req, &vm->z.l.obj, "keys");
	typing_free(t);
}

/* Refuse all, with the present error. */
static void refuse_all(struct vm *vm)
{
	struct err e;
	err_copy(&e);
	list_each(t, &vm->keys.typing, struct typing, link) {
		err_restore(&e);
		typing_refuse(vm, t);
	}
	vm->keys.held.n = 0;
}

/* ---- asking QEMU ---- */

static void go_on(struct vm *vm);

static void waited(void *arg)
{
	struct vm *vm = arg;
	loop_close(&vm->keys.pause);
	go_on(vm);
}

static void go_on_after(struct vm *vm, unsigned ms)
{
	vm->keys.pause = loop_after(ms * UINT64_C(1000), waited, vm);
}

/* 0: it is done; 1: the guest is paused, later; -1 */
static int is_done(const char *text, size_t n)
{
	json_t *m = json_parse(text, n);
	const char *why = json_word(json_object_get(m, "error"), "desc");
	int r = json_object_get(m, "return") != NULL ? 0
		: strstr(why, "not running") != NULL ? 1
						     : -1;
	json_decref(m);
	return r < 0 ? err_set(EIO, "QEMU takes no keys: look at the state, and try again") : r;
}

static int answer_take(int fd, const struct err *e)
{
	struct buf text = {0};
	if (e->code != 0)
		return err_restore(e);
	int r = qmp_answer_read(fd, ANSWER_MAX, &text);
	if (r == 0)
		r = is_done(buf_text(&text), text.len);
	buf_finish(&text);
	return r;
}

/* A chord is down, or up again. */
static void moved(struct vm *vm)
{
	if (vm->keys.held.n > 0) {
		vm->keys.held.n = 0;
	} else if (!list_empty(&vm->keys.typing)) {
		struct typing *t = container_of(vm->keys.typing.next, struct typing, link);
		vm->keys.held = t->chords[t->done++];
	}
}

static void answered(void *arg, int fd, const struct err *e)
{
	struct vm *vm = arg;
	cleanup_fd int answer = fd;
	vm->keys.asked = false;
	int r = answer_take(answer, e);
	if (r < 0) {
		refuse_all(vm);
		return;
	}
	if (r == 0)
		moved(vm);
	go_on_after(vm, r == 0 ? HOLD_MS : LOOK_MS);
}

/* Press the keys of a chord, or let them go. */
static int move(struct vm *vm, const struct chord *c, bool down)
{
	struct buf b = {0};
	buf_str(&b, "{\"execute\":\"input-send-event\",\"arguments\":{\"events\":[");
	for (unsigned i = 0; i < c->n; i++)
		buf_printf(&b,
		    "%s{\"type\":\"key\",\"data\":{\"down\":%s,\"key\":{\"type\":\"qcode\","
		    "\"data\":\"%s\"}}}",
		    i > 0 ? "," : "", down ? "true" : "false",
		    key_names[c->keys[down ? i : c->n - 1 - i]]);
	buf_str(&b, "]}}");
	int r = link_qmp(&vm->z, buf_text(&b), b.len, NULL, 0, answered, vm);
	vm->keys.asked = r == 0;
	buf_finish(&b);
	return r;
}

/* One that was interrupted is over, too. */
static void drop_done(struct vm *vm)
{
	list_each(t, &vm->keys.typing, struct typing, link) {
		if (t->req != NULL && t->done < t->n)
			continue;
		if (t->req != NULL)
			req_wrote(t->req, t->size);
		typing_free(t);
	}
}

/* The next chord down or up, if there is one and nothing keeps it. */
static void go_on(struct vm *vm)
{
	int r = 0;
	if (vm->keys.asked || vm->keys.pause != NULL)
		return;
	if (vm->keys.held.n == 0)
		drop_done(vm);
	if (vm->z.state != ZONE_RUNNING)
		return;
	if (vm->keys.held.n > 0)
		r = move(vm, &vm->keys.held, false);
	else if (!list_empty(&vm->keys.typing)) {
		struct typing *t = container_of(vm->keys.typing.next, struct typing, link);
		r = move(vm, &t->chords[t->done], true);
	}
	if (r < 0)
		refuse_all(vm);
}

/* ---- a write ---- */

static bool has_keyboard(struct vm *vm)
{
	const struct row *r = row_by_name(vm->z.l.obj.type, "machine");
	const char *booted = pending_booted(&vm->z, r);
	return booted != NULL ? strcmp(booted, "microvm\n") != 0 : machine_get(vm->machine.n)->pci;
}

static int may_type(struct vm *vm, const struct req *r)
{
	if (vm->z.link == NULL || !zone_is_up(&vm->z))
		return err_set(ESRCH, "it does not run: boot it first");
	if (!has_keyboard(vm))
		return err_set(EOPNOTSUPP,
		    "a microvm has no keyboard: set machine to q35 or pc, and reboot it");
	if (r->again)
		return err_set(EIO,
		    "the daemon was started anew while it typed: look what has arrived, and type "
		    "the rest");
	return 0;
}

int keys_write(struct obj *o, struct req *r, const char *bytes, size_t n)
{
	struct vm *vm = vm_of(zone_of(o));
	struct chord *chords;
	size_t nchords;
	if (message_check(bytes, n) < 0 ||
	    chords_parse(bytes, n, vm->keyboard.n, &chords, &nchords) < 0)
		return -1;
	if (chords == NULL) {
		req_wrote(r, n);
		return 0;
	}
	if (may_type(vm, r) < 0) {
		free(chords);
		return -1;
	}
	struct typing *t = xcalloc(1, sizeof(*t));
	*t = (struct typing){.size = n, .chords = chords, .n = nchords};
	list_add_tail(&vm->keys.typing, &t->link);
	req_hold(r, &t->req);
	go_on(vm);
	return 0;
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	list_init(&vm_of(z)->keys.typing);
}

static void entered(struct zone *z)
{
	if (zone_is_up(z)) {
		go_on(vm_of(z));
		return;
	}
	err_set(ESRCH, "it does not run: boot it first");
	loop_close(&vm_of(z)->keys.pause);
	refuse_all(vm_of(z));
}

static void destroy(struct zone *z)
{
	loop_close(&vm_of(z)->keys.pause);
	err_set(ENOENT, "it has gone");
	refuse_all(vm_of(z));
}

const struct zone_part keys_part = {.init = init, .entered = entered, .destroy = destroy};
