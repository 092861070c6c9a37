/* The mount namespace that zones' are copied from. It has nothing of the host's: an empty tmpfs,
 * and a proc and a sysfs of namespaces without processes or devices. The kernel lets a zone mount
 * its own proc and sysfs only if it sees such already; the zone's root covers these for good.
 * Copying this namespace is cheaper than copying the host's, too. */
#ifndef WARREN_MOUNT_HELPER_BUILD_TEMPLATE_H
#define WARREN_MOUNT_HELPER_BUILD_TEMPLATE_H

/* Returns the namespace's descriptor. */
int template_make(void);

/* A mount namespace with an empty root that nobody can write, and a network without interfaces that
 * are up, in *net: where monitors are. Returns descriptors. */
int nowhere_make(int *net);

#endif
