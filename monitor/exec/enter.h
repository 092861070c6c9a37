/* How a job gets into the zone. The monitor parses what zones send, and so is under a filter that
 * lets it start nothing and enter nothing (confine.h). Three processes do that:
 *
 *	the spawner	a child of the monitor's, forked before its filter is loaded. It has the
 *			descriptors by which one enters the zone, serves the monitor's requests, and
 *			ends with it (spawner.c). Who takes over the monitor gains by it programs in
 *			the zone, as the zone's users are, and nothing else.
 *	the first	the monitor's child as well. It reads the capabilities of process 1, enters
 *			the zone's control groups and namespaces, and starts the second there.
 *	the second	the monitor's child too, in the zone from its first instruction. It becomes
 *			the user, makes its pipes or terminal, executes the shell (become.c).
 *
 * All run our code only. They can't be traced from the zone (not dumpable), and once a process of
 * the zone could see them they hold nothing of the monitor's but the socket and the orders.
 *
 * The spawner has the groups' files, not the monitor: v1 takes by them only processes of the
 * opener's uid, but v2 takes any process, as it asks the opener for rights over the groups' common
 * parent, and the worker opened them with its own. The spawner costs 44 kB of memory and 30 us for
 * each zone. It has no no_new_privs, which jobs that run sudo would inherit; the host's set-uid
 * programs are no danger, as there is none in its empty root, and no descriptor leads to one. */
#ifndef WARREN_MONITOR_EXEC_ENTER_H
#define WARREN_MONITOR_EXEC_ENTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* What the first and the second report over their socket. At its end the shell runs, or an
 * ENTER_FAILED came. */
enum enter_word {
	ENTER_FIRST, /* the first is there: pid */
	ENTER_BORN, /* the second runs: pid, with its pidfd */
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

/* Fork the spawner of a zone's monitor. Called before the monitor has descriptors of its own, its
 * filter and its limits. */
int enter_init(void);

/* Start a job; *sock is the monitor's end of the socket, the caller's. orders: borrowed. */
int enter_start(int orders, int *sock);

/* May fd be one of ENTER_ENDS? Our own code sends them, but from inside the zone: so only what
 * can't block the monitor is accepted. */
bool enter_is_end(int fd, bool tty);

/* Give the zone another host name. */
int enter_hostname(const char *name, size_t n);

#endif
