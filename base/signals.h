/* Signals as a program expects them that is started. */
#ifndef WARREN_BASE_SIGNALS_H
#define WARREN_BASE_SIGNALS_H

/* None is ignored or blocked, whoever started us. */
void signals_reset(void);

#endif
