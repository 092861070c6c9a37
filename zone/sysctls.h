/* The file sysctls: settings of the kernel that each zone has for itself. */
#ifndef WARREN_ZONE_SYSCTLS_H
#define WARREN_ZONE_SYSCTLS_H

#include "zone/zone.h"

int sysctls_check(struct obj *o, const struct row *r); /* row::check */
int sysctls_apply(struct obj *o, const struct row *r); /* row::apply */

#endif
