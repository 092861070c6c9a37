/* A guest's memory: what it boots with, and room for what it gets while it runs (ramlive.c). QEMU
 * advises the kernel to use huge pages for both; memory that is shared with virtiofsd gets them
 * where the host's shmem_enabled is `advise` or more. */
#include "vm/ram.h"

#include <errno.h>
#include <inttypes.h>

#include "vm/hardware.h"
#include "vm/memdev.h"
#include "vm/mounts.h"
#include "vm/os.h"

/* BLOCK: Linux takes whole blocks of memory alone, of 128 MiB mostly (MIN_MEMORY_BLOCK_SIZE), so
 * that a last one that is cut off could not be used. ROUNDED: QEMU makes the memory of the boot a
 * multiple of this, and a backend must be as large. */
enum { BLOCK = 128 << 20, ROUNDED = 8192 };

static int fits(const struct vm *vm)
{
	if (vm->z.l.memory.n >= vm->ram.n) /* or VALUE_NONE */
		return 0;
	return err_set(ERANGE,
	    "memory.max of %" PRIu64 " bytes has no room for ram, %" PRIu64
	    " bytes: give less ram, or memory.max more than that or none",
	    vm->z.l.memory.n, vm->ram.n);
}

int ram_fits(struct limited *l)
{
	const struct vm *vm = vm_of(container_of(l, struct zone, l));
	uint64_t now = zone_is_up(&vm->z) ? ram_now(vm) : 0;
	if (l->memory.n >= now || vm->ram.n >= now)
		return fits(vm);
	return err_set(ERANGE,
	    "memory.max of %" PRIu64 " bytes has no room for what the guest has still, %" PRIu64
	    " bytes: give more than that or none, or reboot it first",
	    l->memory.n, now);
}

static int check(struct obj *o, const struct row *r)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->ram.n > vm->ram_max.n)
		return err_set(ERANGE,
		    "ram.max of %" PRIu64 " bytes is less than ram, %" PRIu64
		    " bytes: give less ram, or ram.max as much as that or none",
		    vm->ram_max.n, vm->ram.n);
	return fits(vm);
}

#define BYTES .kind = &kind_size, .min = 1 << 20, .max = UINT64_C(1) << 44, .check = check

const struct row ram_rows[] = {
    [RAM] = {129, "ram", 0644, ROW_NEXT_BOOT | ROW_TRIED, "its memory in bytes (K M G T are taken)",
	BYTES, .off = offsetof(struct vm, ram), .unset = "256M",
	.wanted = "give bytes (1M..16T, with K, M, G or T)", .example = "1G"},
    [RAM_MAX] = {250, "ram.max", 0644, ROW_NEXT_BOOT,
	"how much ram may become while it runs, in bytes, or none", BYTES,
	.off = offsetof(struct vm, ram_max), .none = true, .unset = "none",
	.wanted = "give bytes (1M..16T, with K, M, G or T), or none"},
    {0},
};

static uint64_t kib_up(uint64_t bytes, uint64_t to)
{
	return (bytes + to - 1) / to * to / 1024;
}

/* What the device has room for, in KiB; 0: there is none. A microvm has no place for it, and with
 * another os no driver is taken for granted. */
static uint64_t more_kib(const struct vm *vm)
{
	if (vm->ram_max.n == VALUE_NONE || vm->ram_max.n == vm->ram.n ||
	    !machine_get(vm->machine.n)->pci || !os_has_virtio(vm))
		return 0;
	return kib_up(vm->ram_max.n - vm->ram.n, BLOCK);
}

static void backend(struct args *a, const char *id, uint64_t kib, bool shared)
{
	if (shared)
		args_opt(
		    a, "-object", "memory-backend-memfd,id=%s,size=%" PRIu64 "k,share=on", id, kib);
	else
		args_opt(a, "-object", "memory-backend-ram,id=%s,size=%" PRIu64 "k", id, kib);
}

void ram_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	uint64_t base = kib_up(vm->ram.n, ROUNDED), more = more_kib(vm);
	bool shared = vm_mounts_count(vm) > 0;
	(void)files;
	if (more > 0)
		args_opt(a, "-m", "%" PRIu64 "k,maxmem=%" PRIu64 "k", base, base + more);
	else
		args_opt(a, "-m", "%" PRIu64 "k", base);
	if (shared) {
		backend(a, "shared", base, true);
		args_opt(a, "-machine", "memory-backend=shared");
	}
	if (more == 0)
		return;
	backend(a, MEMDEV "-ram", more, shared);
	args_opt(a, "-device", "virtio-mem-pci,id=" MEMDEV ",memdev=" MEMDEV "-ram");
}
