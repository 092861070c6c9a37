/* The unit by which systemd ends zones at the host's shutdown (systemd/warren-shutdown.service).
 *
 * There are three units. warren.service mounts a tree at boot. warren-zones.service holds the
 * control groups of zones: below warren.service these would keep that from being started again
 * (systemd 252: 219/CGROUP). warren-shutdown.service is started after all that zones need, so that
 * it is stopped before any of it; its stop is `mount.warren --shutdown` (goingdown.c). The helper
 * starts it, so that it is there for mounts of fstab and by hand, too. None has systemd.exec(5)'s
 * hardening: filters of system calls would be inherited by zones and cost each of their calls, and
 * private mounts would hide the tree from the host. */
#ifndef WARREN_MOUNT_HELPER_UNIT_H
#define WARREN_MOUNT_HELPER_UNIT_H

/* Ask systemd, if it runs, to start the unit. Does not wait; a failure does not keep us from
 * mounting. */
void unit_want(void);

#endif
