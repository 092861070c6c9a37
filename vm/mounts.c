/* A mount is served by virtiofsd, which the helper starts (mount-helper/build/vmmount.c): QEMU has
 * the other end of its socket, and shares the guest's memory with it (ram.c). A guest can't be
 * given a virtiofsd again that has ended: what it asked the old one for would never be answered.
 *
 * Mount N of QEMU's is line N of a boot; later it may be any line, which is kept (vm::mounts_has).
 */
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
#include "vm/hardware.h"
#include "vm/hotmount.h"
#include "vm/mountdev.h"
#include "zone/parts.h"
#include "zone/pending.h"
#include "zone/proof.h"

enum { WORDS = 4, TAG_MAX = 36 /* of the virtio specification, 5.11.4 */ };

/* ---- lines ---- */

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

static int line_parse(char *text, struct mount_line *l, const char *wanted)
{
	char *w[WORDS];
	int n = hostpath_words(text, w, WORDS);
	if (n > 0 && strcmp(w[0], "tmpfs") == 0)
		return err_set(
		    EINVAL, "a guest makes a tmpfs of its own memory by itself: %s", wanted);
	if (n != 3 && n != WORDS)
		return err_set(EINVAL, "a line has not three words, or four: %s", wanted);
	l->source = w[0];
	l->tag = w[1];
	if (access_parse(w, n, &l->use, wanted) < 0 || tag_check(l->tag, wanted) < 0)
		return -1;
	return hostpath_parse(l->source, wanted);
}

static int lines_parse(struct mount_lines *to, const char *wanted)
{
	char *whole = to->whole, *parsed = to->parsed;
	for (char *text; (text = word_line(&whole)) != NULL; to->n++) {
		struct mount_line *l = &to->list[to->n];
		char *copy = word_line(&parsed);
		if (to->n == VM_MOUNTS)
			return err_set(ERANGE, "more than %d lines: %s", VM_MOUNTS, wanted);
		l->text = text;
		if (line_parse(copy, l, wanted) < 0)
			return -1;
		for (unsigned i = 0; i < to->n; i++)
			if (strcmp(to->list[i].tag, l->tag) == 0)
				return err_set(EINVAL, "TAG %s is there twice: %s", l->tag, wanted);
	}
	return 0;
}

int mount_lines_read(struct mount_lines *to, const char *text, const char *wanted)
{
	*to = (struct mount_lines){.whole = xstrdup(text), .parsed = xstrdup(text)};
	return lines_parse(to, wanted);
}

void mount_lines_free(struct mount_lines *l)
{
	free(l->whole);
	free(l->parsed);
}

/* Of the settings, which were checked as they were written */
int vm_mounts_lines(const struct vm *vm, struct mount_lines *to)
{
	const char *text = vm->mounts.v.s;
	return mount_lines_read(to, text != NULL ? text : "", "mend its settings file");
}

/* ---- the row ---- */

static int row_lines(struct obj *o, const struct row *r, struct mount_lines *to)
{
	const char *text = row_value(o, r)->s;
	return mount_lines_read(to, text != NULL ? text : "", r->wanted);
}

static int mounts_check(struct obj *o, const struct row *r)
{
	struct mount_lines lines;
	int result = row_lines(o, r, &lines);
	mount_lines_free(&lines);
	return result;
}

static void file_of(const struct mount_line *l, struct helper_file *to)
{
	to->use = l->use;
	memccpy(to->path, l->source, '\0', sizeof(to->path) - 1);
}

static int mounts_paths(struct obj *o, const struct row *r, struct helper_proof *to)
{
	struct mount_lines lines;
	int result = row_lines(o, r, &lines), n = (int)lines.n;
	for (int i = 0; result == 0 && i < n; i++)
		file_of(&lines.list[i], &to[i].file);
	mount_lines_free(&lines);
	return result < 0 ? -1 : n;
}

const struct row vm_mount_rows[] = {
    {230, "mounts", 0600, ROW_NEXT_BOOT | ROW_TRIED | ROW_AUTHOR,
	"directories of the host's that its guest mounts: SOURCE TAG ro|rw a line",
	.kind = &kind_list, .off = offsetof(struct vm, mounts),
	.wanted = "give lines of SOURCE TAG ro|rw or rw owner=zone, SOURCE a whole path, a blank "
		  "in it as \\040",
	.check = mounts_check, .apply = hotmount_apply, .paths = mounts_paths,
	.example = "/srv/web web ro"},
    {0},
};

/* ---- at a boot ---- */

unsigned vm_mounts_count(const struct vm *vm)
{
	struct mount_lines lines;
	unsigned n = vm_mounts_lines(vm, &lines) == 0 ? lines.n : 0;
	mount_lines_free(&lines);
	return n;
}

void vm_mount_file(
    const struct vm *vm, const struct mount_lines *lines, unsigned i, struct helper_vm_file *to)
{
	file_of(&lines->list[i], &to->file);
	to->file.author = vm->mounts.by;
	to->seal = proof_seal(&vm->mounts, i);
	to->disk = i;
}

int vm_mounts_list(struct vm *vm, struct vm_files *to)
{
	struct mount_lines lines;
	int r = vm_mounts_lines(vm, &lines);
	for (unsigned i = 0; r == 0 && i < lines.n; i++)
		vm_mount_file(vm, &lines, i, &to->list[to->n++]);
	mount_lines_free(&lines);
	return r;
}

void vm_mounts_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	struct mount_lines lines;
	int fd = ZONE_FD_FILES;
	vm_mounts_lines(vm, &lines);
	for (const struct helper_vm_file *f = files->list; f < files->list + files->n; f++) {
		if (vm_file_is_mount(f)) {
			args_opt(a, "-chardev", "socket,id=mount%u,fd=%d", f->disk, fd);
			args_device(a, mountdev_new(vm, f->disk, lines.list[f->disk].tag));
		}
		fd += vm_file_fds(f);
	}
	mount_lines_free(&lines);
}

/* ---- what is in force ---- */

void vm_mounts_have(struct vm *vm, unsigned n, const char *line)
{
	free(vm->mounts_has[n]);
	vm->mounts_has[n] = line != NULL ? xstrdup(line) : NULL;
	vm->mounts_lost &= ~(UINT64_C(1) << n);
}

/* Mount N is line N of a boot. */
static void booted_have(struct vm *vm, const char *text)
{
	struct mount_lines lines;
	int r = mount_lines_read(&lines, text, "");
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		vm_mounts_have(vm, n, r == 0 && n < lines.n ? lines.list[n].text : NULL);
	mount_lines_free(&lines);
}

/* Read the line of mount n. Free them where it is true. */
static bool line_of(const struct vm *vm, unsigned n, struct mount_lines *to)
{
	if (vm->mounts_has[n] == NULL)
		return false;
	if (mount_lines_read(to, vm->mounts_has[n], "") == 0 && to->n == 1)
		return true;
	mount_lines_free(to);
	return false;
}

bool vm_mounts_serve(const struct vm *vm, unsigned n, const struct mount_line *l)
{
	struct mount_lines has;
	if (!line_of(vm, n, &has))
		return false;
	const struct mount_line *is = &has.list[0];
	bool same =
	    strcmp(is->source, l->source) == 0 && strcmp(is->tag, l->tag) == 0 && is->use == l->use;
	mount_lines_free(&has);
	return same;
}

bool vm_mounts_may_have(const struct vm *vm, unsigned n, const char *tag)
{
	struct mount_lines has;
	if (!line_of(vm, n, &has))
		return true;
	bool same = strcmp(has.list[0].tag, tag) == 0;
	mount_lines_free(&has);
	return same;
}

/* ---- the end of what serves one ---- */

static void tag_of(const struct vm *vm, unsigned n, char tag[TAG_MAX + 1])
{
	struct mount_lines has;
	snprintf(tag, TAG_MAX + 1, "?");
	if (!line_of(vm, n, &has))
		return;
	snprintf(tag, TAG_MAX + 1, "%s", has.list[0].tag);
	mount_lines_free(&has);
}

static void lost_tell(struct vm *vm, unsigned n)
{
	char tag[TAG_MAX + 1], more[sizeof(tag) + 8];
	tag_of(vm, n, tag);
	snprintf(more, sizeof(more), "tag=%s", tag);
	event_emit(&vm->z.l.obj, vm->z.kind->dir, "mount_lost", more);
	err_set(EIO, "%s: its virtiofsd has ended: its guest has it again after a boot", tag);
	error_note(&vm->z.l.obj, "mounts");
}

/* The end of one that is in no line, or not yet, is no loss. */
bool vm_mounts_told(struct vm *vm, uint64_t unserved)
{
	bool any = false;
	for (unsigned n = 0; n < VM_MOUNTS; n++) {
		uint64_t bit = UINT64_C(1) << n;
		if ((unserved & ~vm->mounts_lost & bit) == 0 || vm->mounts_has[n] == NULL)
			continue;
		lost_tell(vm, n);
		vm->mounts_lost |= bit;
		any = true;
	}
	return any;
}

/* ---- as a part of its VM ---- */

static int begin(struct zone *z, struct zone_request *r)
{
	const char *text = vm_of(z)->mounts.v.s;
	(void)r;
	booted_have(vm_of(z), text != NULL ? text : "");
	return 0;
}

/* An older warren kept none, and changed none while the VM ran. */
static void found(struct zone *z)
{
	struct vm *vm = vm_of(z);
	const char *booted = pending_booted(z, &vm_mount_rows[0]);
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		if (vm->mounts_has[n] != NULL)
			return;
	if (zone_runs(z) && booted != NULL && strcmp(booted, "none\n") != 0)
		booted_have(vm, booted);
}

static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	if (zone_runs(z) && vm->mounts_lost != 0)
		buf_printf(b, "mounts-lost %" PRIu64 "\n", vm->mounts_lost);
	for (unsigned n = 0; zone_runs(z) && n < VM_MOUNTS; n++)
		if (vm->mounts_has[n] != NULL)
			buf_printf(b, "mount-%u %s\n", n, vm->mounts_has[n]);
}

/* When a change is undone all of this is known already. */
static int load(struct zone *z, const char *key, char *value)
{
	struct vm *vm = vm_of(z);
	if (strcmp(key, "mounts-lost") == 0)
		return word_u64(value, "", &vm->mounts_lost);
	unsigned n = (unsigned)(key[0] != '\0' ? key[strlen(key) - 1] - '0' : VM_MOUNTS);
	if (strncmp(key, "mount-", 6) != 0 || strlen(key) != 7 || n >= VM_MOUNTS)
		return 1;
	if (z->state == ZONE_CONFIGURED && vm->mounts_has[n] == NULL)
		vm->mounts_has[n] = xstrdup(value);
	return 0;
}

static void status(struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of(z);
	char tag[TAG_MAX + 1];
	size_t before;
	buf_str(b, "mounts_lost");
	before = b->len;
	for (unsigned n = 0; zone_is_up(z) && n < VM_MOUNTS; n++) {
		if ((vm->mounts_lost >> n & 1) == 0 || vm->mounts_has[n] == NULL)
			continue;
		tag_of(vm, n, tag);
		buf_printf(b, " %s", tag);
	}
	buf_str(b, b->len == before ? " -\n" : "\n");
}

static void destroy(struct zone *z)
{
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		vm_mounts_have(vm_of(z), n, NULL);
}

const struct zone_part vm_mounts_part = {.begin = begin,
    .save = save,
    .load = load,
    .found = found,
    .status = status,
    .destroy = destroy};
