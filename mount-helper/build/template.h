/* The mount namespace that those of zones are copies of. It has nothing of the host's in it: an
 * empty tmpfs, and a proc and a sysfs of namespaces without processes or devices. Those two are
 * there because the kernel lets a zone mount its own proc only where it sees one already; the
 * zone's root covers them for good. Copying this is cheaper than copying the host's mounts, too. */
#ifndef WARREN_MOUNT_HELPER_BUILD_TEMPLATE_H
#define WARREN_MOUNT_HELPER_BUILD_TEMPLATE_H

/* Returns the namespace's descriptor. */
int template_make(void);

/* A mount namespace with an empty root that nobody can write, and a network without interfaces that
 * are up, in *net: where monitors are. Returns descriptors. */
int nowhere_make(int *net);

#endif
