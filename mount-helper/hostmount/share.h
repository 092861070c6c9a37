/* Host directories, files and devices that a zone shows: its shares. A share becomes a mount that
 * is not attached yet, with attributes that the zone can't change; graft.h puts it there. */
#ifndef WARREN_MOUNT_HELPER_HOSTMOUNT_SHARE_H
#define WARREN_MOUNT_HELPER_HOSTMOUNT_SHARE_H

#include <stdbool.h>

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

struct share {
	const struct helper_share *want; /* borrowed */
	int tree; /* owned; -1: none */
	bool file; /* not a directory */
};

static inline bool share_is_device(const struct helper_share *s)
{
	return use_is_device(s->source.use);
}

/* Read the n shares of a list for zone id into memory of the caller's. What we have read does not
 * change any more. -1: EBADMSG, one is not as the daemon makes them; EPERM, one has not its seal.
 */
int share_list_read(
    const struct helper *h, uint64_t id, int fd, unsigned n, struct helper_share **list);

/* Open each as who wrote it, among the host's mounts. uid_base and userns: the zone's; userns -1:
 * only see whether they are there. */
int shares_open(struct share *s, unsigned n, uint32_t uid_base, int userns);

/* Make the zone's root the owner of those that say so, as far as who wrote it may. When all are
 * open, so that a list that is refused changes nothing. */
int shares_own(const struct share *s, unsigned n, uint32_t uid_base);

/* Lock their attributes. */
int shares_lock(const struct helper *h, struct share *s, unsigned n);

void shares_close(struct share *s, unsigned n);

#endif
