/* /run/metadata of a zone: a small tmpfs that the zone sees read-only, and its monitor writes. The
 * files belong to the monitor's uid, which is not mapped, and to the zone's group 0: its root reads
 * them as that group. */
#ifndef WARREN_MOUNT_HELPER_BUILD_METADATA_H
#define WARREN_MOUNT_HELPER_BUILD_METADATA_H

#include "mount-helper/build/boot.h"

#define METADATA_AT "run/metadata"

/* In the host's mounts: make it, with the files of this list (base/metalist.h; borrowed) and the
 * socket, so that they are there before process 1 is. */
int metadata_make(struct boot *b, int list);

/* In the zone's: attach it, and keep a writable end for the monitor. */
int metadata_attach(struct boot *b);

#endif
