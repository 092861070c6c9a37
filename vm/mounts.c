/* A mount is served by virtiofsd, which the helper starts (mount-helper/build/vmmount.c): QEMU has
 * the other end of its socket, and shares the guest's memory with it (ram.c). A guest can't be
 * given a virtiofsd again that has ended: what it asked the old one for would never be answered. */
#include "vm/mounts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostpath.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "fs/error.h"
#include "host/event.h"
#include "protocol/start.h"
#include "vm/device.h"
#include "vm/hardware.h"
#include "zone/parts.h"
#include "zone/pending.h"
#include "zone/proof.h"

enum { WORDS = 4, TAG_MAX = 36 /* of the virtio specification, 5.11.4 */ };

/* ---- lines ---- */

struct line {
	char *source, *tag; /* in the text that was parsed */
	enum helper_use use;
};

static int tag_check(const char *tag, const char *wanted)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	char q[64];
	size_t n = strlen(tag);
	if (strspn(tag, plain) == n && n <= TAG_MAX)
		return 0;
	return err_set(EINVAL, "\"%s\" is no TAG, which is at most %d of a-z A-Z 0-9 . _ -: %s",
	    word_quote(tag, q, sizeof(q)), TAG_MAX, wanted);
}

static int access_parse(char **w, int n, enum helper_use *use, const char *wanted)
{
	char q[64];
	bool reads = strcmp(w[2], "ro") == 0;
	if (!reads && strcmp(w[2], "rw") != 0)
		return err_set(EINVAL, "\"%s\" is neither ro nor rw: %s",
		    word_quote(w[2], q, sizeof(q)), wanted);
	if (n == WORDS && (reads || strcmp(w[3], "owner=zone") != 0))
		return err_set(EINVAL, "\"%s\" is not owner=zone behind rw: %s",
		    word_quote(w[3], q, sizeof(q)), wanted);
	*use = reads ? USE_MOUNT_READ : n == WORDS ? USE_MOUNT_OWN : USE_MOUNT_WRITE;
	return 0;
}

static int line_parse(char *text, struct line *l, const char *wanted)
{
	char *w[WORDS];
	int n = hostpath_words(text, w, WORDS);
	if (n > 0 && strcmp(w[0], "tmpfs") == 0)
		return err_set(
		    EINVAL, "a guest makes a tmpfs of its own memory by itself: %s", wanted);
	if (n != 3 && n != WORDS)
		return err_set(EINVAL, "a line has not three words, or four: %s", wanted);
	*l = (struct line){.source = w[0], .tag = w[1]};
	if (access_parse(w, n, &l->use, wanted) < 0 || tag_check(l->tag, wanted) < 0)
		return -1;
	return hostpath_parse(l->source, wanted);
}

/* Parse in place. Returns how many, or -1 */
static int lines_parse(char *text, struct line lines[VM_MOUNTS], const char *wanted)
{
	int n = 0;
	for (char *one; (one = word_line(&text)) != NULL; n++) {
		if (n == VM_MOUNTS)
			return err_set(ERANGE, "more than %d lines: %s", VM_MOUNTS, wanted);
		if (line_parse(one, &lines[n], wanted) < 0)
			return -1;
		for (int i = 0; i < n; i++)
			if (strcmp(lines[i].tag, lines[n].tag) == 0)
				return err_set(
				    EINVAL, "TAG %s is there twice: %s", lines[n].tag, wanted);
	}
	return n;
}

/* ---- the row ---- */

static int mounts_check(struct obj *o, const struct row *r)
{
	struct line lines[VM_MOUNTS];
	const char *text = row_value(o, r)->s;
	char *copy = xstrdup(text != NULL ? text : "");
	int n = lines_parse(copy, lines, r->wanted);
	free(copy);
	return n < 0 ? -1 : 0;
}

static int mounts_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	struct line lines[VM_MOUNTS];
	const char *text = row_value(o, r)->s;
	char *copy = xstrdup(text != NULL ? text : "");
	int n = lines_parse(copy, lines, r->wanted);
	for (int i = 0; i < n; i++) {
		to[i].file.use = lines[i].use;
		memccpy(to[i].file.path, lines[i].source, '\0', sizeof(to[i].file.path) - 1);
	}
	free(copy);
	return n;
}

const struct row vm_mount_rows[] = {
    {230, "mounts", 0600, ROW_NEXT_BOOT | ROW_AUTHOR,
	"directories of the host's that its guest mounts: SOURCE TAG ro|rw a line",
	.kind = &kind_list, .off = offsetof(struct vm, mounts),
	.wanted = "give lines of SOURCE TAG ro|rw or rw owner=zone, SOURCE a whole path, a blank "
		  "in it as \\040",
	.check = mounts_check, .paths = mounts_paths, .example = "/srv/web web ro"},
    {0},
};

/* ---- at a boot ---- */

unsigned vm_mounts_count(const struct vm *vm)
{
	struct line lines[VM_MOUNTS];
	char *copy = xstrdup(vm->mounts.v.s != NULL ? vm->mounts.v.s : "");
	int n = lines_parse(copy, lines, "");
	free(copy);
	return n > 0 ? (unsigned)n : 0;
}

int vm_mounts_list(struct vm *vm, struct vm_files *to)
{
	struct line lines[VM_MOUNTS];
	char *copy = xstrdup(vm->mounts.v.s != NULL ? vm->mounts.v.s : "");
	int n = lines_parse(copy, lines, "mend its settings file");
	for (int i = 0; i < n; i++) {
		struct helper_vm_file *f = &to->list[to->n++];
		f->file.use = lines[i].use;
		f->file.author = vm->mounts.by;
		f->seal = proof_seal(&vm->mounts, (unsigned)i);
		f->disk = (uint32_t)i;
		memccpy(f->file.path, lines[i].source, '\0', sizeof(f->file.path) - 1);
	}
	free(copy);
	return n < 0 ? -1 : 0;
}

void vm_mounts_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	struct line lines[VM_MOUNTS];
	char *copy = xstrdup(vm->mounts.v.s != NULL ? vm->mounts.v.s : "");
	int fd = ZONE_FD_FILES;
	const char *driver =
	    machine_get(vm->machine.n)->pci ? "vhost-user-fs-pci" : "vhost-user-fs-device";
	lines_parse(copy, lines, "");
	for (const struct helper_vm_file *f = files->list; f < files->list + files->n; f++) {
		if (vm_file_is_mount(f)) {
			char name[16];
			snprintf(name, sizeof(name), "mount%u", f->disk);
			args_opt(a, "-chardev", "socket,id=%s,fd=%d", name, fd);
			json_t *device = device_new(driver, name);
			json_object_set_new(device, "chardev", json_string(name));
			json_object_set_new(device, "tag", json_string(lines[f->disk].tag));
			device_place(device, vm, PORT_MOUNT, f->disk);
			args_device(a, device);
		}
		fd += vm_file_fds(f);
	}
	free(copy);
}

/* ---- the end of what serves one ---- */

/* The lines of the boot. Returns how many; *text is the caller's */
static int lines_booted(struct vm *vm, char **text, struct line lines[VM_MOUNTS])
{
	const char *booted = pending_booted(&vm->z, &vm_mount_rows[0]);
	if (booted == NULL)
		booted = vm->mounts.v.s != NULL ? vm->mounts.v.s : "";
	*text = xstrdup(booted);
	return lines_parse(*text, lines, "");
}

static void lost_tell(struct vm *vm, const char *tag)
{
	char more[TAG_MAX + 8];
	snprintf(more, sizeof(more), "tag=%s", tag);
	event_emit(&vm->z.l.obj, vm->z.kind->dir, "mount_lost", more);
	err_set(EIO, "%s: its virtiofsd has ended: its guest has it again after a boot", tag);
	error_note(&vm->z.l.obj, "mounts");
}

bool vm_mounts_told(struct vm *vm, uint64_t unserved)
{
	struct line lines[VM_MOUNTS];
	uint64_t new = unserved & ~vm->mounts_lost;
	char *text;
	if (new == 0)
		return false;
	int n = lines_booted(vm, &text, lines);
	for (int i = 0; i < n; i++)
		if ((new >> i & 1) != 0)
			lost_tell(vm, lines[i].tag);
	free(text);
	vm->mounts_lost |= new;
	return true;
}

/* ---- as a part of its VM ---- */

static int begin(struct zone *z, struct zone_request *r)
{
	(void)r;
	vm_of(z)->mounts_lost = 0;
	return 0;
}

static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	if (zone_runs(z) && vm->mounts_lost != 0)
		buf_printf(b, "mounts-lost %" PRIu64 "\n", vm->mounts_lost);
}

static int load(struct zone *z, const char *key, char *value)
{
	return strcmp(key, "mounts-lost") == 0 ? word_u64(value, "", &vm_of(z)->mounts_lost) : 1;
}

static void status(struct zone *z, struct buf *b)
{
	struct line lines[VM_MOUNTS];
	struct vm *vm = vm_of(z);
	char *text;
	int n = zone_is_up(z) && vm->mounts_lost != 0 ? lines_booted(vm, &text, lines) : 0;
	buf_str(b, "mounts_lost");
	for (int i = 0; i < n; i++)
		if ((vm->mounts_lost >> i & 1) != 0)
			buf_printf(b, " %s", lines[i].tag);
	if (n != 0)
		free(text);
	buf_str(b, n <= 0 ? " -\n" : "\n");
}

const struct zone_part vm_mounts_part = {
    .begin = begin, .save = save, .load = load, .status = status};
