/* The control group mount.NAME beside the parent group NAME of all zones, for warren's own
 * processes: so the end of the session or unit that started us ends none of them. It is made in the
 * hierarchies by which sessions and units are ended: v2, and v1's name=systemd.
 *
 * As a service (SYSTEMD_EXEC_PID is ours) helper and daemon stay in the unit's group, as the
 * journal and `systemctl kill` go by that; only monitors leave it. A scope of systemd's would need
 * its bus, and would end with what stops it. */
#ifndef WARREN_MOUNT_HELPER_CGROUP_OWNGROUP_H
#define WARREN_MOUNT_HELPER_CGROUP_OWNGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Did systemd start this very process, as a service (systemd.exec(5), SYSTEMD_EXEC_PID)? */
bool owngroup_is_service(void);

/* Make it beside `parent` (a path from the top) and enter it. A service does not enter: its group
 * is ours already, and only children of owngroup_fork enter. A failure is logged: all works
 * without. */
void owngroup_open(const char *parent, bool service);

/* As fork(2); the child, from which a monitor may come, is in the group. */
pid_t owngroup_fork(void);

/* Leave it, and remove it if no monitor is left in it; last: none is. */
void owngroup_close(bool last);

#endif
