/* The places for CPUs that a guest's machine has: QEMU's answer to query-hotpluggable-cpus. */
#ifndef WARREN_VM_SLOTS_H
#define WARREN_VM_SLOTS_H

#include "base/buf.h"
#include "base/json.h"

unsigned slots_taken(const json_t *slots);

/* Append the QMP command that adds a CPU in the first place that is free, or that asks the guest to
 * give the last one back. -1: EIO, there is none, or the answer makes no sense */
int slots_add(const json_t *slots, struct buf *command);
int slots_remove(const json_t *slots, struct buf *command);

#endif
