/* The row kvm.stat: what KVM counts of a VM, which QEMU is asked for. */
#ifndef WARREN_VM_KVM_KVM_STAT_H
#define WARREN_VM_KVM_KVM_STAT_H

#include "base/json.h"
#include "vm/vm.h"

/* Flat keyed lines: the VM's, then those of all its vcpus added up. Empty if it does not run.
 * TEXT_WAITS; or EOPNOTSUPP, under tcg and if this QEMU can't tell (before 7.1). */
int kvm_stat_show(struct obj *o, const struct row *r, struct buf *b);

/* Add what an answer of QEMU's to query-stats has to sums. -1: EIO, EOPNOTSUPP */
int kvm_stat_add(json_t *sums, const char *answer, size_t len);

#endif
