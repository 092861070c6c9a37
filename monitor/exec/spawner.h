/* The spawner (enter.h), and what the monitor asks of it. */
#ifndef WARREN_MONITOR_EXEC_SPAWNER_H
#define WARREN_MONITOR_EXEC_SPAWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/exec/enter.h"

enum spawn_word {
	SPAWN_JOB, /* descriptors: where to tell (enter_news), and the orders */
	SPAWN_NAME, /* descriptor: where to tell. name is the zone's host name from now on */
};

enum { SPAWN_NAME_MAX = 64 }; /* Linux takes no longer host name (uname(2)) */

struct spawn_request {
	uint32_t word, len;
	char name[SPAWN_NAME_MAX];
};

/* The ways into the zone's control groups that came: MONITOR_FD_INNER, and so many from
 * MONITOR_FD_GROUPS on. */
struct spawner_ways {
	bool inner;
	int groups;
};

/* In the child. Never returns. */
_Noreturn void spawner(int sock, const struct spawner_ways *w);

#endif
