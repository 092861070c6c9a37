/* Our other programs. They are started through descriptors, so they may lie where their user could
 * not reach them. */
#ifndef WARREN_MOUNT_HELPER_KIT_PROGRAMS_H
#define WARREN_MOUNT_HELPER_KIT_PROGRAMS_H

struct programs {
	int daemon, monitor, init, import;
};

/* Open them, anew when they are open already: after an upgrade the new ones are started. What can't
 * be opened anew stays as it is. */
int programs_open(struct programs *p);

#endif
