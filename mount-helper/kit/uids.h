/* Which uids of the host's are whose. Zones and VMs of all instances on a host have ranges of their
 * own, out of one table that their helpers share: /var/lib/warren-uids/table. Beside it, in
 * instances/, a link for each instance tells where its STATE is. A range is its zone's until the
 * zone is removed.
 *
 * A range of a zone has UID_COUNT uids and begins at a multiple of that; a VM's has UID_COUNT_VM.
 * The last uid of a range is its monitor's and not mapped into the zone.
 *
 * What the settings of a zone say is a wish: it counts if the table was lost, or the STATE comes
 * from another host. */
#ifndef WARREN_MOUNT_HELPER_KIT_UIDS_H
#define WARREN_MOUNT_HELPER_KIT_UIDS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/helper.h"

enum { INSTANCE_BYTES = 16 };

struct uid_table {
	int dir; /* owned; where the table is */
	uint8_t instance[INSTANCE_BYTES]; /* ours in it */
};

#define UIDS_DIR "/var/lib/warren-uids"

/* Open the table in this directory (made if missing) and this instance's row in it, whose STATE is
 * `state`, at this path. A STATE that is a copy of another one that still exists becomes an
 * instance of its own. */
int uids_open(struct uid_table *t, const char *dir, int state, const char *path);

/* Where the STATE of this instance is; false: it is there no more. */
bool uids_place(
    const struct uid_table *t, const uint8_t instance[INSTANCE_BYTES], char path[PATH_MAX]);

/* The uids of this zone or VM by the table. If it has none: u itself if u->base is set and free, or
 * belongs to an instance that is gone; else any free range of u->count. -1: EPERM they are
 * another's, ENOSPC there are no more. */
int uids_get(const struct uid_table *t, uint64_t id, struct helper_uids *u);

/* The same for n zones at once, as far as their ranges are nobody's. -1: the table can't be read or
 * written. */
int uids_claim(const struct uid_table *t, const struct helper_claim *list, size_t n);

/* The same for a list in a file, of a request. A malformed one claims nothing: -1 */
int uids_claim_list(const struct uid_table *t, int file, uint32_t n);

/* Free them: the zone and its files are gone. */
void uids_drop(const struct uid_table *t, uint64_t id);

/* The uid that this instance's daemon runs as: `own`, unless another instance's daemon has it. If
 * this fails *uid is unchanged.
 *
 * Processes of one uid can kill each other: so only one instance's daemon has the uid of the user
 * `warren`. */
int uids_daemon(const struct uid_table *t, uid_t own, uid_t *uid);

#endif
