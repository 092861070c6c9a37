/* How a job gets into the zone. The monitor reads what zones say, and so is under a filter that
 * lets it start nothing and enter nothing (confine.h). Three processes do that:
 *
 *	the spawner	a child of the monitor's, forked before its filter. It has the ways into the
 *			zone, waits for the monitor's word, and ends with it (spawner.c). By it the
 *			monitor gains programs in the zone, as the zone's users are, nothing else.
 *	the first	the monitor's child as well. It reads what process 1 may do, enters the
 *			zone's control groups and namespaces, and starts the second there.
 *	the second	the monitor's child too, in the zone from its first instruction. It becomes
 *			the user, makes the pipes or the terminal, and executes the shell.
 *
 * All run our code only. They can't be traced from the zone (not dumpable), and hold nothing of the
 * monitor's but the socket and the orders once a process of the zone could see them. */
#ifndef WARREN_MONITOR_EXEC_ENTER_H
#define WARREN_MONITOR_EXEC_ENTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* What they tell over their socket. At its end the shell runs, or an ENTER_FAILED came. */
enum enter_word {
	ENTER_FIRST, /* the first is there: pid */
	ENTER_BORN, /* the second is there: pid, with its pidfd */
	ENTER_ENDS, /* the monitor's ends: stdin, stdout, stderr; or a terminal's master */
	ENTER_FAILED, /* err */
	ENTER_DONE, /* the host name is set */
};
enum { ENTER_FDS = 3 };

struct enter_news {
	uint32_t word;
	int32_t pid;
	struct err err;
};

/* Fork the spawner of a zone's monitor, before that has descriptors of its own, is under its filter
 * and has limits. */
int enter_init(void);

/* Start a job; *sock is the monitor's end of the socket, the caller's. orders: borrowed. */
int enter_start(int orders, int *sock);

/* Is this one of ENTER_ENDS? They come from inside the zone, by our own code; all the same only
 * what can't hold us up is taken. */
bool enter_is_end(int fd, bool tty);

/* Give the zone another host name. */
int enter_hostname(const char *name, size_t n);

#endif
