/* The unit by which systemd ends zones at the host's shutdown (systemd/warren-shutdown.service). */
#ifndef WARREN_MOUNT_HELPER_UNIT_H
#define WARREN_MOUNT_HELPER_UNIT_H

/* Ask systemd, if it runs, to start the unit. Does not wait; a failure does not keep us from
 * mounting. */
void unit_want(void);

#endif
