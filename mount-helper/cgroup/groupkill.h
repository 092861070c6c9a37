/* Ending a zone by its control groups. */
#ifndef WARREN_MOUNT_HELPER_CGROUP_GROUPKILL_H
#define WARREN_MOUNT_HELPER_CGROUP_GROUPKILL_H

#include <stdint.h>

/* Kill what is left in them and remove them. Waits, at most 10 s. */
int group_clean(uint64_t id);

#endif
