/* The file privileges. */
#ifndef WARREN_ZONE_PRIVILEGES_H
#define WARREN_ZONE_PRIVILEGES_H

#include "fs/node.h"

extern const struct kind kind_privileges;

#endif
