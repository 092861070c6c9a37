/* Taking a device away while the guest runs: QEMU asks the guest to let go of it, which takes as
 * long as the guest wants, and is not heard by one that still boots. */
#ifndef WARREN_VM_UNPLUG_H
#define WARREN_VM_UNPLUG_H

#include "vm/ask.h"

/* So long a write waits for a guest; and so long a guest that lets go later is noticed. */
enum { UNPLUG_SECONDS = 10, UNPLUG_WATCH_SECONDS = 600 };

/* Ask for it until the device of this id is gone, or the time is over, or *stop is set (borrowed;
 * NULL: it never is). done is called later: 1 it is gone; 0 it is not; -1 with the error: QEMU
 * can't be asked. -1: the same */
int unplug(
    struct vm *vm, const char *id, unsigned seconds, const bool *stop, ask_done *done, void *arg);

/* Is a device of this id in QEMU's answer to UNPLUG_LIST? */
bool unplug_lists(const json_t *returned, const char *id);

#define UNPLUG_LIST "{\"execute\":\"qom-list\",\"arguments\":{\"path\":\"/machine/peripheral\"}}"

#endif
