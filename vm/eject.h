/* The command eject: a medium comes out of its drive if the guest lets it go. */
#ifndef WARREN_VM_EJECT_H
#define WARREN_VM_EJECT_H

#include "fs/ctl.h"

int eject_command(struct obj *o, struct command *c); /* command_row::run */

#endif
