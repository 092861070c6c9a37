/* Directories of the host's that the guest mounts by their tags: the file mounts. */
#ifndef WARREN_VM_MOUNTS_H
#define WARREN_VM_MOUNTS_H

#include "vm/files.h"

/* Append those of the settings to the list. -1: the settings file is damaged */
int vm_mounts_list(struct vm *vm, struct vm_files *to);

unsigned vm_mounts_count(const struct vm *vm); /* of the settings */

/* The monitor's word (mon_event::unserved): an event for each that was not told yet. False: all
 * were. */
bool vm_mounts_told(struct vm *vm, uint64_t unserved);

#endif
