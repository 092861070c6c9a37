/* The command line of mount.warren, as mount(8) calls it. */
#ifndef WARREN_MOUNT_HELPER_KIT_OPTIONS_H
#define WARREN_MOUNT_HELPER_KIT_OPTIONS_H

#include <stdbool.h>

#include "base/log.h"

enum { GROUP_PATH_MAX = 200 };

struct options {
	const char *source; /* borrowed from argv */
	char *mountpoint; /* owned; absolute, without links */
	char *state, *run; /* owned */
	char *cgroup; /* owned; a plain name */
	enum log_level level;
	bool foreground;
	unsigned long flags; /* MS_ bits */
};

/* -1: what is wrong with the command line. */
int options_parse(struct options *o, int argc, char **argv);
void options_finish(struct options *o);

#endif
