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
#include "vm/vm.h"
#include "zone/parts.h"

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
	if (vm->kernel.s == NULL)
		return;
	opt(a, "-kernel", "/kernel");
	if (vm->initrd.s != NULL)
		opt(a, "-initrd", "/initrd");
	if (vm->append.s != NULL)
		opt(a, "-append", "%s", vm->append.s);
}

/* The device that carries a disk, by its bus; drive is its block node. */
static void add_disk_device(struct args *a, const struct disk *d, bool microvm)
{
	if (d->bus == BUS_VIRTIO) {
		opt(a, "-device", "%s,drive=disk0",
		    microvm ? "virtio-blk-device" : "virtio-blk-pci");
	} else if (d->bus == BUS_NVME) {
		opt(a, "-device", "nvme,drive=disk0,serial=disk0");
	} else {
		opt(a, "-device", "%s",
		    d->bus == BUS_SATA ? "ich9-ahci,id=sata" : "piix3-ide,id=ide");
		opt(a, "-device", "ide-hd,bus=%s.0,drive=disk0", disk_buses[d->bus]);
	}
}

/* The image below, read-only, and the VM's layer over it. */
static void add_image(struct args *a, const struct image *m, const char *ro)
{
	opt(a, "-add-fd", "fd=%d,set=1", ZONE_FD_FILES);
	opt(a, "-add-fd", "fd=%d,set=2", ZONE_FD_FILES + 1);
	opt(a, "-blockdev", "driver=file,node-name=base-file0,filename=/dev/fdset/2,read-only=on");
	opt(a, "-blockdev", "driver=%s,node-name=base0,file=base-file0,read-only=on",
	    m->is.format == DISK_QCOW2 ? "qcow2" : "raw");
	opt(a, "-blockdev", "driver=file,node-name=file0,filename=/dev/fdset/1,read-only=%s", ro);
	opt(a, "-blockdev", "driver=qcow2,node-name=disk0,file=file0,backing=base0,read-only=%s",
	    ro);
}

static void add_path(struct args *a, const struct disk *d, const char *ro)
{
	opt(a, "-add-fd", "fd=%d,set=1", ZONE_FD_FILES);
	opt(a, "-blockdev", "driver=file,node-name=file0,filename=/dev/fdset/1,read-only=%s", ro);
	opt(a, "-blockdev", "driver=%s,node-name=disk0,file=file0,read-only=%s",
	    disk_formats[d->format], ro);
}

static void add_disk(struct args *a, const struct vm *vm)
{
	const struct disk *d = vm->disk0.p;
	if (d == NULL)
		return;
	const char *ro = d->readonly ? "on" : "off";
	const struct image *m = keyed_has(d, DISK_IMAGE) ? image_find(d->image) : NULL;
	if (m != NULL)
		add_image(a, m, ro);
	else
		add_path(a, d, ro);
	add_disk_device(a, d, vm->machine.n == MACHINE_MICROVM);
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
	    .vcpus = (unsigned)vm->vcpus.n,
	    .disks = vm->disk0.s != NULL};
	for (int n = 0; n < NICS; n++)
		parts.nics += vm->z.nics.set[n].s != NULL;
	return machine_beside(&parts);
}

int qemu_orders(struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc)
{
	struct vm *vm = vm_of(z);
	struct args a = {argv, 0};
	(void)env, (void)envc;
	arg(&a, "/usr/bin/qemu-system-x86_64");
	opt(&a, "-name", "%s", z->l.obj.name);
	arg(&a, "-nodefaults");
	arg(&a, "-no-user-config");
	opt(&a, "-display", "none");
	opt(&a, "-sandbox",
	    "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	add_machine(&a, vm);
	add_channels(&a);
	add_kernel(&a, vm);
	add_disk(&a, vm);
	add_nics(&a, vm);
	*argc = a.n;
	return 0;
}

static void add_file(struct helper_vm_start *q, enum helper_use use, const char *path,
    const struct proof *p, uint64_t size)
{
	q->seals[q->nfiles] = proof_seal(p, 0);
	struct helper_file *f = &q->files[q->nfiles++];
	f->use = use;
	f->author = p->author;
	f->size = size;
	memccpy(f->path, path, '\0', sizeof(f->path) - 1);
}

static int take(struct zone *z, struct zone_request *r)
{
	struct vm *vm = vm_of(z);
	struct helper_vm_start *q = &r->q;
	const struct disk *d = vm->disk0.p;
	if (vm->kernel.s == NULL && d == NULL)
		return err_set(EINVAL, "it has nothing to boot from: set kernel or disk0");
	q->kvm = vm->accel_used == ACCEL_KVM;
	if (vm->kernel.s != NULL)
		add_file(q, USE_KERNEL, vm->kernel.s, &vm->kernel_proof, 0);
	if (vm->initrd.s != NULL && vm->kernel.s != NULL)
		add_file(q, USE_INITRD, vm->initrd.s, &vm->initrd_proof, 0);
	if (d == NULL)
		return 0;
	if (vm->machine.n == MACHINE_MICROVM && d->bus != BUS_VIRTIO)
		return err_set(EINVAL,
		    "disk0 has bus=%s, and a microvm none but virtio: change one of them",
		    disk_buses[d->bus]);
	if (keyed_has(d, DISK_IMAGE))
		q->image_size =
		    image_find(d->image)->is.disk_size; /* taken already, so that it is there */
	else
		add_file(q, d->readonly ? USE_DISK_READ : USE_DISK_WRITE, d->path, &vm->disk0_proof,
		    d->size);
	return 0;
}

const struct zone_part qemu_part = {.take = take};
