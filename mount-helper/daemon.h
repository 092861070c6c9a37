/* Starting the daemon: an ordinary program of an ordinary user, which is given what protocol.h
 * says. */
#ifndef WARREN_MOUNT_HELPER_DAEMON_H
#define WARREN_MOUNT_HELPER_DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

#include "mount-helper/kit/helper.h"

struct daemon {
	pid_t pid; /* 0: none runs */
	int sock; /* requests come here */
	int words; /* its standard error, -1 in the foreground */
};

int daemon_handover_make(void);

/* again: it follows another on the same mount. */
int daemon_start(struct daemon *d, const struct helper *h, bool again);

/* Close our ends of its socket and pipe. The caller reaps it. */
void daemon_forget(struct daemon *d);

#endif
