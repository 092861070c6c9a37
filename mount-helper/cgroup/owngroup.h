/* The control group mount.NAME beside the parent group NAME of all zones: that of our own
 * processes, so that the end of the session or unit that we were started from takes none of them
 * along. It is made where ends are counted by groups: in v2, and in v1's name=systemd. */
#ifndef WARREN_MOUNT_HELPER_CGROUP_OWNGROUP_H
#define WARREN_MOUNT_HELPER_CGROUP_OWNGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Did systemd start this very process, as a service (systemd.exec(5), SYSTEMD_EXEC_PID)? */
bool owngroup_is_service(void);

/* Make it, beside `parent`, a path from the top. We enter it, but as a service: then that is ours
 * already, and what owngroup_fork makes enters. A failure is logged: all works without. */
void owngroup_open(const char *parent, bool service);

/* As fork(2); the child, from which a monitor may come, is in the group. */
pid_t owngroup_fork(void);

/* Leave it, and take it away where no monitor is left in it; last: none is. */
void owngroup_close(bool last);

#endif
