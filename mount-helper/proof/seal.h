/* Seals over (zone, author, path, use): HMAC-SHA256 (RFC 2104), cut to its first half, with a key
 * that root alone can read, STATE/key. So who wrote a path needs to be seen only once. */
#ifndef WARREN_MOUNT_HELPER_PROOF_SEAL_H
#define WARREN_MOUNT_HELPER_PROOF_SEAL_H

#include "base/seal.h"
#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* Call at the mount. If there is no key yet, as in a STATE of a version without seals, make one;
 * then h->adopts says that what the daemon has loaded may be sealed unseen, until seal_end is
 * called when the tree answers. */
int seal_begin(struct helper *h);
void seal_end(struct helper *h);

/* id: the zone's or VM's. -1: the key can't be read */
int seal_make(const struct helper *h, uint64_t id, const struct helper_file *f, struct seal *s);

/* -1: EPERM, it is not the seal of this */
int seal_check(
    const struct helper *h, uint64_t id, const struct helper_file *f, const struct seal *s);

#endif
