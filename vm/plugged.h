/* What a QEMU that runs has of what comes and goes, by its own answers: bit N for thing N. */
#ifndef WARREN_VM_PLUGGED_H
#define WARREN_VM_PLUGGED_H

#include <jansson.h>

/* What is asked for the last two of these answers; for the first: UNPLUG_LIST (unplug.h). */
#define PLUGGED_BLOCKS "{\"execute\":\"query-block\"}"
#define PLUGGED_SETS "{\"execute\":\"query-fdsets\"}"

/* Those of a list whose id is this name with a number behind it, and whose driver is this. */
unsigned plugged_devices(const json_t *list, const char *name, const char *driver);

/* The disks of PLUGGED_BLOCKS which a device has open, be it one that is just going. */
unsigned plugged_disks(const json_t *blocks);

/* The things of PLUGGED_SETS whose file QEMU was given, in use or not: thing N's set is first + N.
 */
unsigned plugged_sets(const json_t *sets, unsigned first);

#endif
