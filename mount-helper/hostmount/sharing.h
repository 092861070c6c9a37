/* The shares of a zone: what it shows of the host's becomes what a list says. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_SHARING_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_SHARING_H

#include <sys/types.h>

#include "mount-helper/hostmount/share.h"

/* A zone's namespaces, as descriptors. */
struct sharing {
	const struct helper *h;
	uint64_t id;
	struct helper_uids uids;
	int user, mounts;
};

/* At a boot: put the shares, which are open, into a zone that shows none yet, and note them. */
int sharing_begin(const struct sharing *z, struct share *s, unsigned n);

/* HELPER_SHARES_SET, in a worker. Returns how many wait for the next boot. */
int sharing_set(const struct helper *h, const struct helper_shares_set *q, int list);

/* The zone is gone. */
void sharing_forget(int monitors, const char *name);

#endif
