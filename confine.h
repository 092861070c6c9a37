/* The system calls of the daemon, its writer and its probe of KVM (base/confine.h). */
#ifndef WARREN_CONFINE_H
#define WARREN_CONFINE_H

/* From here on: no program, no socket but a unix one, no namespace, no memory that is a program. */
int daemon_confine(void);

#endif
