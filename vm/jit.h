/* The buffer into which QEMU's own translator (TCG) puts its code: QEMU's tcg/region.c. */
#ifndef WARREN_VM_JIT_H
#define WARREN_VM_JIT_H

#include <stdbool.h>

#include "base/json.h"

/* The QMP command that tells how full the buffer is; QEMU has it since 6.2. */
extern const char jit_query[];

/* Has it room for one more CPU? A CPU needs a region of the buffer for itself, and QEMU aborts
 * where all are given out. returned: the answer to jit_query, borrowed; places: the most CPUs that
 * the machine can have; has: those that it has. Where this is not sure there is none. */
bool jit_has_room(const json_t *returned, unsigned places, unsigned has);

#endif
