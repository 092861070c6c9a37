/* Several QMP commands to QEMU, one after the other. */
#ifndef WARREN_VM_COMMANDS_H
#define WARREN_VM_COMMANDS_H

#include <jansson.h>

#include "vm/vm.h"

/* Add a command to a list, an array. arguments: taken over. */
void commands_add(json_t *list, const char *name, json_t *arguments);

/* ok: all were sent, or one was refused and those behind it not sent; then ask_refusal() has QEMU's
 * words. */
typedef void commands_done(void *arg, bool ok);

enum commands_mode {
	COMMANDS_STRICT, /* a refusal ends them */
	COMMANDS_ANYHOW, /* they undo what may not be there: only a QEMU that does not answer ends
			    them */
};

/* Send them; done is called once, later or at once. list: taken over. */
void commands_run(
    struct vm *vm, json_t *list, enum commands_mode mode, commands_done *done, void *arg);

#endif
