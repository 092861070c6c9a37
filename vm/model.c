/* The processor that the guest sees. A guest can go on elsewhere only if that host has all that the
 * model has. `auto` has all of this host's, and a model of QEMU's is the same everywhere. */
#include <cpuid.h>
#include <errno.h>
#include <string.h>

#include "base/word.h"
#include "fs/change.h"
#include "vm/ask.h"
#include "vm/model.h"
#include "vm/os.h"
#include "vm/hardware.h"
#include "zone/force.h"
#include "zone/parts.h"
#include "zone/pending.h"

enum { FEATURES_SHOWN = 160 };

static int model_check(struct obj *o, const struct row *r)
{
	const char *model = row_value(o, r)->s;
	char q[64];
	if (model != NULL && word_is_name(model) && strcmp(model, "help") != 0)
		return 0;
	return err_set(EINVAL, "\"%s\" is no name of a model: %s",
	    word_quote(model != NULL ? model : "none", q, sizeof(q)), r->wanted);
}

const struct row model_rows[] = {
    {240, "cpu", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"auto (all that this host has), or one of QEMU's models, the same on every host",
	.kind = &kind_line, .off = offsetof(struct vm, cpu), .max = NAME_LEN, .unset = "auto",
	.wanted = "give auto, or a model of QEMU's, such as Nehalem", .check = model_check},
    {0},
};

static bool is_auto(const struct vm *vm)
{
	return vm->cpu.s == NULL || strcmp(vm->cpu.s, "auto") == 0;
}

/* ---- as an argument ---- */

/* IA32_ARCH_CAPABILITIES is a register of Intel's. KVM tells QEMU of it on AMD's processors, too,
 * and newer kernels then refuse to set it, at which QEMU before 10.1 ends (its changelog: it is
 * kept from AMD there). */
static const char *host_model(void)
{
	unsigned max, b, c, d;
	bool amd = __get_cpuid(0, &max, &b, &c, &d) != 0 && b == signature_AMD_ebx;
	return amd ? "host,-arch-capabilities" : "host";
}

/* enforce: QEMU ends before the guest begins if the model has what it can't give. */
void model_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (!is_auto(vm))
		args_opt(a, "-cpu", "%s,enforce%s", vm->cpu.s, os_cpu(vm));
	else
		args_opt(a, "-cpu", "%s%s", vm->accel_used == ACCEL_TCG ? "max" : host_model(),
		    os_cpu(vm));
}

/* ---- while another QEMU runs ---- */

static const json_t *find_model(const json_t *models, const char *name)
{
	size_t i;
	json_t *m;
	json_array_foreach(models, i, m)
		if (strcmp(json_word(m, "name"), name) == 0)
			return m;
	return NULL;
}

/* As many as a sentence has room for. */
static void features_put(const json_t *features, struct buf *b)
{
	size_t i;
	json_t *f;
	char q[64];
	json_array_foreach(features, i, f) {
		if (b->len > FEATURES_SHOWN) {
			buf_str(b, " ...");
			return;
		}
		const char *name = json_is_string(f) ? json_string_value(f) : "?";
		buf_printf(b, "%s%s", i > 0 ? ", " : "", word_quote(name, q, sizeof(q)));
	}
}

int model_fits(const json_t *models, const char *name)
{
	const json_t *m = find_model(models, name);
	const json_t *lacks = json_object_get(m, "unavailable-features");
	struct buf b = {0};
	if (m == NULL)
		return err_set(EINVAL,
		    "QEMU has no model %s: give auto, or a model of QEMU's, such as Nehalem", name);
	if (json_array_size(lacks) == 0)
		return 0;
	features_put(lacks, &b);
	err_set(EOPNOTSUPP, "this host lacks what %s has (%s): give auto, or an older model", name,
	    buf_text(&b));
	buf_finish(&b);
	return -1;
}

static int look(void *arg, const json_t *returned)
{
	const struct vm *vm = arg;
	return is_auto(vm) || model_fits(returned, vm->cpu.s) == 0 ? 1 : -1;
}

static void looked(void *arg, int result)
{
	struct vm *vm = arg;
	struct err e;
	if (result < 0)
		err_wrap("cpu");
	err_copy(&e);
	zone_forced(&vm->z, &model_part, result < 0 ? &e : NULL);
}

/* A model that waits for the next boot is looked at now, so that a reboot can't fail by it: by the
 * QEMU that runs, if the next will run by the same accelerator. */
static int force(struct zone *z)
{
	struct vm *vm = vm_of(z);
	const char *booted = pending_booted(z, &model_rows[0]);
	bool same = vm->accel.n == ACCEL_AUTO || (int)vm->accel.n == vm->accel_used;
	if (!zone_is_up(z) || !same || is_auto(vm) || booted == NULL ||
	    (strncmp(booted, vm->cpu.s, strlen(vm->cpu.s)) == 0 &&
		booted[strlen(vm->cpu.s)] == '\n'))
		return 0;
	return ask(vm, "{\"execute\":\"query-cpu-definitions\"}", 0, look, looked, vm) < 0 ? -1 : 1;
}

const struct zone_part model_part = {.force = force};
