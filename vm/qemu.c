/* QEMU's command line out of a VM's settings (qemu-system-x86_64(1)). QEMU sees none of the host's
 * paths: kernel and initrd lie in its root, disks are descriptors that the helper opened. */
#include <cpuid.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "protocol/start.h"
#include "vm/files.h"

struct args {
	struct buf *b;
	uint32_t n;
};

static void arg(struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void arg(struct args *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	buf_add(a->b, s, strlen(s) + 1);
	free(s);
	a->n++;
}

/* An option and its value. */
static void opt(struct args *a, const char *option, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void opt(struct args *a, const char *option, const char *fmt, ...)
{
	va_list ap;
	char *s;
	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		abort();
	va_end(ap);
	arg(a, "%s", option);
	arg(a, "%s", s);
	free(s);
}

/* IA32_ARCH_CAPABILITIES is a register of Intel's. KVM tells QEMU of it on AMD's processors, too,
 * and newer kernels then refuse to set it, at which QEMU before 10.1 ends (its changelog: it is
 * kept from AMD there). */
static const char *host_model(void)
{
	unsigned max, b, c, d;
	bool amd = __get_cpuid(0, &max, &b, &c, &d) != 0 && b == signature_AMD_ebx;
	return amd ? "host,-arch-capabilities" : "host";
}

static void add_machine(struct args *a, const struct vm *vm)
{
	bool tcg = vm->accel_used == ACCEL_TCG;
	opt(a, "-machine", "%s", machine_get(vm->machine.n)->qemu);
	if (tcg)
		opt(a, "-accel", "tcg,tb-size=%d", TCG_BUFFER_MIB);
	else
		opt(a, "-accel", "kvm");
	opt(a, "-cpu", "%s", tcg ? "max" : host_model());
	opt(a, "-smp", "%" PRIu64, vm->vcpus.n);
	opt(a, "-m", "%" PRIu64 "k", vm->ram.n / 1024);
}

/* The console is a serial line; QMP goes to the monitor. */
static void add_channels(struct args *a)
{
	opt(a, "-chardev", "socket,id=console,fd=%d", ZONE_FD_CONSOLE);
	opt(a, "-serial", "chardev:console");
	opt(a, "-chardev", "socket,id=qmp,fd=%d", ZONE_FD_QMP);
	opt(a, "-mon", "chardev=qmp,mode=control");
}

static void add_kernel(struct args *a, const struct vm *vm)
{
	if (vm->kernel.v.s == NULL)
		return;
	opt(a, "-kernel", "/kernel");
	if (vm->initrd.v.s != NULL)
		opt(a, "-initrd", "/initrd");
	if (vm->append.s != NULL)
		opt(a, "-append", "%s", vm->append.s);
}

/* A descriptor is a file of QEMU's by the number of a set that it is in. */
static void add_node(struct args *a, int fd, const char *what, unsigned disk, bool readonly)
{
	opt(a, "-add-fd", "fd=%d,set=%d", fd, fd);
	opt(a, "-blockdev", "driver=file,node-name=%s%u,filename=/dev/fdset/%d,read-only=%s", what,
	    disk, fd, readonly ? "on" : "off");
}

/* The image below, read-only, and the VM's layer over it. */
static void add_image(struct args *a, int fd, const struct disk *d, unsigned n)
{
	add_node(a, fd + 1, "base-file", n, true);
	opt(a, "-blockdev", "driver=%s,node-name=base%u,file=base-file%u,read-only=on",
	    image_find(d->image)->is.format == DISK_QCOW2 ? "qcow2" : "raw", n, n);
	add_node(a, fd, "file", n, d->readonly);
	opt(a, "-blockdev", "driver=qcow2,node-name=disk%u,file=file%u,backing=base%u,read-only=%s",
	    n, n, n, d->readonly ? "on" : "off");
}

static void add_path(struct args *a, int fd, const struct disk *d, unsigned n)
{
	add_node(a, fd, "file", n, d->readonly);
	opt(a, "-blockdev", "driver=%s,node-name=disk%u,file=file%u,read-only=%s",
	    disk_formats[d->format], n, n, d->readonly ? "on" : "off");
}

/* The device that carries a disk; `before` disks are on the same bus. */
static void add_disk_device(struct args *a, const struct disk_bus *bus, unsigned n, unsigned before)
{
	char at[32] = "";
	if (bus->controller != NULL && before == 0)
		opt(a, "-device", "%s", bus->controller);
	if (bus->at != NULL)
		snprintf(at, sizeof(at), ",bus=%s.%u,unit=%u", bus->at, before / bus->units,
		    before % bus->units);
	/* the firmware looks at them in their order; 0 is the kernel's of a direct boot */
	opt(a, "-device", "%s,drive=disk%u,serial=disk%u,bootindex=%u%s", bus->device, n, n, n + 1,
	    at);
}

static void add_disks(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	unsigned on[BUSES] = {0};
	int fd = ZONE_FD_FILES;
	for (const struct helper_vm_file *f = files->list; f < files->list + files->n; f++) {
		const struct disk *d = vm->disks[f->disk].v.p;
		if (!vm_file_is_disk(f))
			continue;
		(f->image != 0 ? add_image : add_path)(a, fd, d, f->disk);
		add_disk_device(a, machine_bus(vm->machine.n, d->bus), f->disk, on[d->bus]++);
		fd += vm_file_fds(f);
	}
}

/* Their taps are descriptors, which the helper made. */
static void add_nics(struct args *a, const struct vm *vm)
{
	for (int n = 0; n < NICS; n++) {
		const struct helper_nic *nic = &vm->z.nics.now[n];
		const uint8_t *m = nic->mac;
		char mtu[24] = "";
		if (nic->kind == NIC_NONE)
			continue;
		if (nic->mtu != 0)
			snprintf(mtu, sizeof(mtu), ",host_mtu=%u", (unsigned)nic->mtu);
		if (nic->kind ==
		    NIC_USER) /* by way of the zone's own network, which pasta serves */
			opt(a, "-netdev", "user,id=nic%d", n);
		else
			opt(a, "-netdev", "tap,id=nic%d,fd=%d", n, ZONE_FD_NICS + n);
		opt(a, "-device", "%s,netdev=nic%d,mac=%02x:%02x:%02x:%02x:%02x:%02x%s",
		    machine_get(vm->machine.n)->nic, n, m[0], m[1], m[2], m[3], m[4], m[5], mtu);
	}
}

uint64_t qemu_beside(const struct vm *vm)
{
	struct machine_parts parts = {.machine = machine_get(vm->machine.n),
	    .tcg = vm->accel_used == ACCEL_TCG,
	    .vcpus = (unsigned)vm->vcpus.n};
	for (int n = 0; n < NICS; n++)
		parts.nics += vm->z.nics.set[n].v.p != NULL;
	for (int n = 0; n < VM_DISKS; n++)
		parts.disks += vm->disks[n].v.p != NULL;
	return machine_beside(&parts);
}

static uint32_t line_make(const struct vm *vm, const struct vm_files *files, struct buf *argv)
{
	struct args a = {argv, 0};
	arg(&a, "/usr/bin/qemu-system-x86_64");
	opt(&a, "-name", "%s", vm->z.l.obj.name);
	arg(&a, "-nodefaults");
	arg(&a, "-no-user-config");
	opt(&a, "-display", "none");
	opt(&a, "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	add_machine(&a, vm);
	add_channels(&a);
	add_kernel(&a, vm);
	add_disks(&a, vm, files);
	add_nics(&a, vm);
	return a.n;
}

int qemu_orders(struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc)
{
	struct vm_files *files = xcalloc(1, sizeof(*files));
	int r = files_list(vm_of(z), files);
	(void)env, (void)envc;
	if (r == 0)
		*argc = line_make(vm_of(z), files, argv);
	free(files);
	return r;
}
