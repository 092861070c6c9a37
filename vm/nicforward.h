/* Ports that lead through QEMU's own network to the guest, changed while it runs. */
#ifndef WARREN_VM_NICFORWARD_H
#define WARREN_VM_NICFORWARD_H

#include "vm/ask.h"

/* Where QEMU listens for published port i, and where that leads, as its hostfwd= has it. */
#define NIC_FORWARD "%s::%d-:%u"
#define NIC_FORWARD_OF(published, i)                                                               \
	(published)[i].udp ? "udp" : "tcp", NIC_FORWARDED + (int)(i), (unsigned)(published)[i].port

/* Have the published ports of `user` NIC n lead where its line says, and no others. done is called
 * later, result -1 with the error. -1: QEMU can't be asked */
int nicforward_set(struct vm *vm, unsigned n, ask_done *done, void *arg);

#endif
