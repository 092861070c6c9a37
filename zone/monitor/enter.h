/* How a job gets into the zone. Two processes, one after the other:
 *
 *   the first    a child of the monitor's: reads what process 1 may do, enters the zone's control groups
 *                and namespaces, and starts the second there.
 *   the second   the monitor's child too, and in the zone from its first instruction: becomes the user,
 *                makes the pipes or the terminal, and executes the shell.
 *
 * Both run our code only; they can't be traced from the zone (not dumpable), and hold nothing of the
 * monitor's but the socket and the orders once a process of the zone could see them. */
#ifndef WARREN_ZONE_MONITOR_ENTER_H
#define WARREN_ZONE_MONITOR_ENTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* What they tell over their socket. At its end the shell runs, or an ENTER_FAILED came. */
enum enter_word {
	ENTER_BORN, /* the second is there: pid, with its pidfd */
	ENTER_ENDS, /* the monitor's ends: stdin, stdout, stderr; or a terminal's master */
	ENTER_FAILED, /* err */
};
enum { ENTER_FDS = 3 };

struct enter_news {
	uint32_t word;
	int32_t pid;
	struct err err;
};

void enter_init(pid_t init, int pidfd);

/* Start the first; *sock is the monitor's end of the socket, the caller's. orders: borrowed. */
pid_t enter_start(int orders, int *sock);

/* Is this one of ENTER_ENDS? They come from inside the zone, by our own code; all the same only what can't
 * hold us up is taken. */
bool enter_is_end(int fd, bool tty);

/* Give the zone another host name. */
int enter_hostname(const char *name, size_t n);

/* inside.c: the second. Never returns. */
_Noreturn void job_become(int sock, int orders, uint64_t caps);

#endif
