/* The system calls of the daemon, its writer and its probe of KVM (base/confine.h). */
#ifndef WARREN_CONFINE_H
#define WARREN_CONFINE_H

/* From here on the daemon can execute no program, make only unix sockets, no namespace, and no
 * executable memory. */
int daemon_confine(void);

#endif
