/* The spawner (enter.h), and what the monitor asks of it. */
#ifndef WARREN_MONITOR_EXEC_SPAWNER_H
#define WARREN_MONITOR_EXEC_SPAWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "monitor/exec/enter.h"

enum spawn_word {
	SPAWN_JOB, /* descriptors: the socket for enter_news, and the orders */
	SPAWN_NAME, /* descriptor: the socket for enter_news. name: the zone's host name from now
		     * on */
};

enum { SPAWN_NAME_MAX = 64 }; /* Linux takes no longer host name (uname(2)) */

struct spawn_request {
	uint32_t word, len;
	char name[SPAWN_NAME_MAX];
};

/* The descriptors of the zone's control groups that the monitor was given: is MONITOR_FD_INNER
 * among them, and how many from MONITOR_FD_GROUPS on. */
struct spawner_groups {
	bool inner;
	int groups;
};

/* In the child. Never returns. */
_Noreturn void spawner(int sock, const struct spawner_groups *w);

#endif
