/* Whether KVM here can run a stock 64-bit kernel, found out by trying. A KVM can be there and yet
 * not do: one that is nested in a hypervisor without nested paging may emulate the guest's ring 0
 * and lack instructions that every kernel uses. */
#ifndef WARREN_VM_KVM_KVM_PROBE_H
#define WARREN_VM_KVM_KVM_PROBE_H

/* Try kvm_fd (/dev/kvm opened for reading and writing; borrowed) for at most msec. Blocks, and uses
 * SIGALRM and ITIMER_REAL meanwhile: for a child of the daemon. Leaves nothing behind. 0: a stock
 * kernel can be expected to run. -1: EOPNOTSUPP and what was found, such as KVM_EXIT_INTERNAL_ERROR
 * at cmpxchg16b: accel=auto does without KVM then, accel=kvm tries it all the same. */
int kvm_probe(int kvm_fd, unsigned msec);

#endif
