/* The lines of /proc/self/mountinfo. */
#ifndef WARREN_MOUNT_HELPER_KIT_MOUNTINFO_H
#define WARREN_MOUNT_HELPER_KIT_MOUNTINFO_H

struct mountinfo {
	unsigned id; /* as statx tells it */
	const char *device; /* major:minor */
	const char *root, *at, *type, *options; /* options: the file system's own */
};

/* Call fn for each mount of our namespace, bottom first, until it gives something else than 0.
 * Returns that. */
int mountinfo_each(int (*fn)(const struct mountinfo *, void *), void *arg);

/* By a /proc that is open already. */
int mountinfo_each_at(int proc, int (*fn)(const struct mountinfo *, void *), void *arg);

#endif
