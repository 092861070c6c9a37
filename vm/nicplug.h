/* NICs that come, change and go while the VM runs. */
#ifndef WARREN_VM_NICPLUG_H
#define WARREN_VM_NICPLUG_H

#include "vm/vm.h"

void nicplug_look(struct zone *z); /* zone_kind::nics_look */

#endif
