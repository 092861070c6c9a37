/* Who asks for metadata: those that are connected to a zone's socket, or a VM's serial line. */
#ifndef WARREN_MONITOR_METADATA_ASKERS_H
#define WARREN_MONITOR_METADATA_ASKERS_H

#include <stdint.h>

/* fd: a zone's listening socket, or a VM's serial line. */
int askers_init(int fd, int vm);
int askers_fd(short *events); /* of all of them */
void askers_ready(short revents);

void askers_go_on(void); /* the list has come, or is another */
/* The daemon has made change `number`, or says why not: "" or a sentence. */
void askers_changed(uint64_t number, const char *why);

#endif
