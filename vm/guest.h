/* What a monitor reports of the guest, besides that it runs. */
#ifndef WARREN_VM_GUEST_H
#define WARREN_VM_GUEST_H

#include "protocol/monitor.h"
#include "vm/vm.h"

void guest_told(struct zone *z, const struct mon_event *e); /* zone_kind::told */
int guest_settle(struct zone *z); /* settings that waited wait no longer, or some do now; 0 */

#endif
