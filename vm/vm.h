/* A virtual machine: a zone whose process 1 is QEMU. */
#ifndef WARREN_VM_VM_H
#define WARREN_VM_VM_H

#include "vm/machine.h"
#include "zone/zone.h"

enum { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

struct vm {
	struct zone z; /* first: its object */
	union value vcpus, ram, accel, machine, append, display;
	struct authored kernel, initrd, disks[VM_DISKS];
	int accel_used; /* ACCEL_KVM or ACCEL_TCG, since the boot */
	struct list preparing; /* accel.c: waits for the probe */
	struct list answers; /* qmp.c: what QEMU answered, for each open file */
	unsigned nanswers; /* there have been so many */
};

struct zone *vm_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot);

extern const struct zone_part accel_part, files_part, qmp_part;

static inline struct vm *vm_of(struct zone *z)
{
	return container_of(z, struct vm, z);
}

/* qemu.c: the command line */
int qemu_orders(struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc);
uint64_t qemu_beside(const struct vm *vm); /* bytes that QEMU may need besides the guest's RAM */

/* qmp.c: rows' functions */
int qmp_write(struct obj *o, struct req *r, const char *bytes, size_t n);
enum stream qmp_read(struct obj *o, struct reader *r, struct buf *b, size_t max);
/* QEMU's answer to link_qmp, of at most so many bytes. -1: EIO, there is none in fd (borrowed) */
int qmp_take(int fd, size_t most, struct buf *text);

/* accel.c: can KVM run a stock kernel here? /dev/kvm is asked for at each boot of a VM and each
 * read of `host`, as its module may be loaded late. What a child process has found out about it is
 * kept. */
void accel_probe(void (*done)(void)); /* at the start */
int accel_prepare(struct zone *z); /* zone_kind::prepare */
void accel_show(struct buf *b); /* the lines of `host` */
extern const char *const accel_words[]; /* by enum ACCEL_, NULL behind the last */

#endif
