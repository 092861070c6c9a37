/* Host mounts: host directories, files and devices that a zone shows. Each is opened here as a
 * mount that is not attached yet, with attributes that the zone can't change; attach.h attaches
 * it. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_OWNER_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_OWNER_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

struct hostmount {
	const struct helper_hostmount *want; /* borrowed */
	int mnt; /* owned; -1: none */
	bool file; /* not a directory */
};

static inline bool hostmount_is_device(const struct helper_hostmount *s)
{
	return use_is_device(s->source.use);
}

static inline bool hostmount_is_memory(const struct helper_hostmount *s)
{
	return s->source.use == USE_MOUNT_MEMORY;
}

/* Read the n host mounts of a list for zone id into memory of the caller's. What we have read
 * does not change any more. -1: EBADMSG one is not as the daemon makes them; EPERM one lacks its
 * seal. */
int hostmount_list_read(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_hostmount **list);

/* In the host's mount namespace: open each as the user who wrote it. uid_base and userns: the
 * zone's; userns -1: only see whether they exist. */
int hostmounts_open(struct hostmount *s, unsigned n, uint32_t uid_base, int userns);

int hostmount_open(struct hostmount *s, uint32_t uid_base, int userns); /* one of them */

/* Give those with owner=zone to the zone's root, if their author may do that. Called when all are
 * open, so that a list that is refused changes nothing. */
int hostmounts_own(const struct hostmount *s, unsigned n, uint32_t uid_base);
int hostmount_own(const struct hostmount *s, uint32_t uid_base); /* this one */

/* Lock their attributes. */
int hostmounts_lock(const struct helper *h, struct hostmount *s, unsigned n);

void hostmounts_close(struct hostmount *s, unsigned n);

#endif
