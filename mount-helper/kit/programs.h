/* Our other programs. They are started through descriptors, so they may lie where their user could
 * not reach them. */
#ifndef WARREN_MOUNT_HELPER_KIT_PROGRAMS_H
#define WARREN_MOUNT_HELPER_KIT_PROGRAMS_H

struct programs {
	int daemon, monitor, init, import;
};

/* Open them; open them again after an upgrade. A program that can't be opened again stays as it
 * is. */
int programs_open(struct programs *p);

#endif
