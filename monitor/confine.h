/* The system calls of a monitor that is under way (base/confine.h).
 *
 * A monitor reads what zones send, and can do next to nothing besides. Its root is empty and its
 * network without an interface that is up (one namespace of each for all monitors,
 * mount-helper/build/template.c). It holds no directory, as `..` leads out of any root; of /proc it
 * has its zone's `status`, as a descriptor. Loading the filter takes 40 us, for which no boot
 * waits: a zone runs when its monitor's socket takes the daemon. */
#ifndef WARREN_MONITOR_CONFINE_H
#define WARREN_MONITOR_CONFINE_H

/* From here on the monitor can use the descriptors that it has, those that a daemon sends it, and
 * memory. It opens nothing, starts nothing, and makes no socket that leads anywhere. */
int monitor_confine(void);

#endif
