/* From the host mounts that a zone has to those that a list wants. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_PLAN_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_PLAN_H

#include <sys/types.h>

#include "mount-helper/hostmount/owner.h"

/* A zone's namespaces, as descriptors. */
struct hostmount_zone {
	const struct helper *h;
	uint64_t id;
	struct helper_uids uids;
	int user, mounts;
};

/* At a boot: attach the host mounts, which are open, in a zone that has none yet, and note them. */
int hostmounts_begin(const struct hostmount_zone *z, struct hostmount *s, unsigned n);

/* HELPER_HOSTMOUNTS_SET, in a worker. Returns how many wait for the next boot. */
int hostmounts_set(const struct helper *h, const struct helper_hostmounts_set *q, int list);

/* The zone is gone. */
void hostmounts_forget(int monitors, const char *name);

#endif
