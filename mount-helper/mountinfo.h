/* The lines of /proc/self/mountinfo. */
#ifndef WARREN_MOUNT_HELPER_MOUNTINFO_H
#define WARREN_MOUNT_HELPER_MOUNTINFO_H

struct mountinfo {
	const char *device; /* major:minor */
	const char *root, *at, *type, *options; /* options: the file system's own */
};

/* Call fn for each mount, bottom first, until it gives something else than 0. Returns that. */
int mountinfo_each(int (*fn)(const struct mountinfo *, void *), void *arg);

#endif
