/* Can KVM run a stock kernel here? /dev/kvm is asked for at each boot of a VM and each read of
 * `host`, as its module may be loaded late. What a child process has found out about it is kept.
 *
 * KVM is probed before the tree answers. accel=kvm tries it whatever the probe says, if there is
 * any. udev may load KVM's module late, 39 seconds after the host's start in one case: for two
 * minutes accel=auto does not mean TCG if the processor has svm or vmx. */
#ifndef WARREN_VM_KVM_ACCEL_H
#define WARREN_VM_KVM_ACCEL_H

#include "vm/vm.h"

void accel_probe(void (*done)(void)); /* at the start of the daemon */
int accel_prepare(struct zone *z); /* zone_kind::prepare */
void accel_show(struct buf *b); /* the lines of `host` */
extern const char *const accel_words[]; /* by enum ACCEL_, NULL behind the last */

#endif
