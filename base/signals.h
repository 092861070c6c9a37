/* The signals of a new program. */
#ifndef WARREN_BASE_SIGNALS_H
#define WARREN_BASE_SIGNALS_H

/* Ignore and block none, whatever the caller's did. */
void signals_reset(void);

#endif
