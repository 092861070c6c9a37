/* The unit by which systemd ends zones at the host's shutdown (systemd/warren-shutdown.service). */
#ifndef WARREN_MOUNT_HELPER_UNIT_H
#define WARREN_MOUNT_HELPER_UNIT_H

/* Have it started, where systemd runs. Does not wait; that it can't be had is no reason not to
 * mount. */
void unit_want(void);

#endif
