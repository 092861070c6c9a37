/* Names of signals. */
#ifndef WARREN_BASE_SIGNAME_H
#define WARREN_BASE_SIGNAME_H

/* The number of a signal by name (KILL, SIGKILL) or number; -1: EINVAL. */
int signal_number(const char *s);

#endif
