/* How a guest is, by what QEMU says of it: every way in which it stands still, can't go on, begins
 * anew or ends is a row of a table. */
#ifndef WARREN_MONITOR_VM_GUEST_H
#define WARREN_MONITOR_VM_GUEST_H

#include <jansson.h>
#include <stdbool.h>

/* QEMU's answer to query-status. */
void guest_status(const json_t *result);

/* A message with an event. True: QEMU's run state is another now and is to be asked for. */
bool guest_event(const json_t *message);

/* Does it sleep, as its own system wanted (ACPI's S3)? Then it is woken and not continued. */
bool guest_sleeps(void);

#endif
