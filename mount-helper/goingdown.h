/* The host goes down: end all zones and VMs on it in order, of all instances. */
#ifndef WARREN_MOUNT_HELPER_GOINGDOWN_H
#define WARREN_MOUNT_HELPER_GOINGDOWN_H

/* Ask every mounted tree for shutdown-all, and then the monitors that are left, whose trees are not
 * mounted or do not answer, by SIGTERM. Returns when none is left: after a little more than two
 * minutes at the latest, as then they are killed. */
void goingdown(void);

#endif
