/* The state of a guest, by QEMU's events: each way in which it stops, can't go on, resets or ends
 * is a row of a table. */
#ifndef WARREN_MONITOR_VM_GUEST_H
#define WARREN_MONITOR_VM_GUEST_H

#include <jansson.h>
#include <stdbool.h>

/* QEMU's answer to query-status. */
void guest_status(const json_t *result);

/* Handle an event. True: QEMU's run state has changed and has to be asked for. */
bool guest_event(const json_t *message);

/* Has it suspended itself, by ACPI's S3? Then it has to be woken, not continued. */
bool guest_sleeps(void);

#endif
