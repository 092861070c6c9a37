/* What process 1 of a zone is told, in a memory file at ZONE_FD_ORDERS: this head, then argc
 * strings (its command line), then envc strings (KEY=value), each ended by a NUL. argc 0: be the
 * built-in init. For a zone a struct rlimits (base/rlimits.h) is behind them: the limits to take. A
 * user wrote the strings; nothing outside the zone looks into them. */
#ifndef WARREN_PROTOCOL_ORDERS_H
#define WARREN_PROTOCOL_ORDERS_H

#include <stdint.h>

#define ORDERS_MAGIC UINT32_C(0x6f726472)
enum { ORDERS_MAX = 256 << 10, ORDERS_STRINGS = 1024 };

struct orders {
	uint32_t magic;
	uint32_t argc, envc;
	uint32_t size; /* bytes of strings behind this head */
};

#endif
