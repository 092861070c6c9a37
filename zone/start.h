/* From settings to process 1, and what is left afterwards. */
#ifndef WARREN_ZONE_START_H
#define WARREN_ZONE_START_H

#include "zone/zone.h"

void zone_start(struct zone *z);
void zone_prepared(struct zone *z); /* zone_kind::prepare has finished; an error in z->why refuses
				     * the boot */
void zone_clean(struct zone *z);

/* A new daemon starts: find out whether the zone still runs. */
void zone_find(struct zone *z);

/* -1: E2BIG, more than process 1 can be told */
int orders_check(const struct buf *argv, uint32_t argc, const struct buf *env, uint32_t envc);

/* A request that nothing was taken for yet. */
struct zone_request *request_create(const struct zone *z);
void request_destroy(struct zone_request *r);

#endif
