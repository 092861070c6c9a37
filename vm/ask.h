/* Questions to QEMU about its hardware, asked again until it is as wanted: QEMU puts many changes
 * in force only when the guest has agreed. */
#ifndef WARREN_VM_ASK_H
#define WARREN_VM_ASK_H

#include "base/json.h"
#include "vm/vm.h"

/* Is it as wanted? 1 yes; 0 not yet; -1 it never will be. returned: QEMU's answer, borrowed. */
typedef int ask_look(void *arg, const json_t *returned);

/* As look said last; 0: not within the time; -1 with the error: also if QEMU refused (EIO), ended
 * (ESRCH), or does not answer at all (ETIMEDOUT). */
typedef void ask_done(void *arg, int result);

/* Send a QMP command (JSON), once for msec 0, and look at the answer (NULL: any is fine). done is
 * called later. -1: it can't be asked */
int ask(
    struct vm *vm, const char *command, unsigned msec, ask_look *look, ask_done *done, void *arg);

/* While ask_done is called with -1: QEMU's own words, where it refused; else "". */
const char *ask_refusal(void);

/* The number of bytes that an answer has there; 0: none. */
uint64_t ask_bytes(const json_t *object, const char *key);

#endif
