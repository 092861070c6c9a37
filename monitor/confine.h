/* The system calls of a monitor that is under way (base/confine.h). */
#ifndef WARREN_MONITOR_CONFINE_H
#define WARREN_MONITOR_CONFINE_H

/* From here on the monitor can use the descriptors that it has, those that a daemon sends it, and
 * memory. It opens nothing, starts nothing, and makes no socket that leads anywhere. */
int monitor_confine(void);

#endif
