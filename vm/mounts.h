/* Directories of the host's that the guest mounts by their tags: the file mounts. */
#ifndef WARREN_VM_MOUNTS_H
#define WARREN_VM_MOUNTS_H

#include "vm/files.h"

struct mount_line {
	const char *text; /* all of it */
	char *source, *tag;
	enum helper_use use;
};

struct mount_lines {
	char *whole, *parsed; /* owned: what the lines point into */
	struct mount_line list[VM_MOUNTS];
	unsigned n;
};

/* Free them in any case. wanted: what would be right. -1: EINVAL, ERANGE */
int mount_lines_read(struct mount_lines *to, const char *text, const char *wanted);
void mount_lines_free(struct mount_lines *l);

/* Those of the settings. Free them in any case. -1: the settings file is damaged */
int vm_mounts_lines(const struct vm *vm, struct mount_lines *to);

unsigned vm_mounts_count(const struct vm *vm); /* of the settings */

/* Line i of the settings' for the helper, as mount i. to: zeroed */
void vm_mount_file(
    const struct vm *vm, const struct mount_lines *lines, unsigned i, struct helper_vm_file *to);

/* Append those of the settings to the list. -1: the settings file is damaged */
int vm_mounts_list(struct vm *vm, struct vm_files *to);

/* Mount n serves this line from now on; NULL: none. */
void vm_mounts_have(struct vm *vm, unsigned n, const char *line);

/* Does mount n serve just this line? Might what it serves have this tag? */
bool vm_mounts_serve(const struct vm *vm, unsigned n, const struct mount_line *l);
bool vm_mounts_may_have(const struct vm *vm, unsigned n, const char *tag);

/* The monitor's word (mon_event::unserved): an event for each that was not told yet. False: all
 * were. */
bool vm_mounts_told(struct vm *vm, uint64_t unserved);

#endif
