/* warren-init: process 1 of a zone. Becomes the command that the orders name, or is the init
 * itself. It runs with the zone's rights and adds nothing to the environment that it is given. QEMU
 * is started by it, too: so there is one way to start process 1, and one place that its errors come
 * from. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/hosts.h"
#include "base/resolv.h"
#include "base/signals.h"
#include "protocol/nic.h"
#include "protocol/start.h"
#include "init/init.h"

static int error_report(void)
{
	struct err e;
	err_copy(&e);
	fd_write_all(ZONE_FD_ERROR, &e, sizeof(e));
	_exit(127);
}

/* Failures don't keep the zone from running: they are reported on the console. */
static void names_keep(void)
{
	char name[HOST_NAME_MAX + 1];
	if (gethostname(name, sizeof(name)) == 0 && hosts_keep(name) < 0)
		dprintf(STDERR_FILENO, "warren: %s\n", err_text());
	if (resolv_keep(PASTA_NAMES) < 0)
		dprintf(STDERR_FILENO, "warren: %s\n", err_text());
}

int main(void)
{
	char **argv, **envp;
	signals_reset();
	if (fcntl(ZONE_FD_ERROR, F_SETFD, FD_CLOEXEC) < 0)
		_exit(127);
	/* The monitor keeps our console and exit status: without it the zone can't go on. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		err_sys("init: be ended with the monitor");
		error_report();
	}
	int zone = orders_read(ZONE_FD_ORDERS, &argv, &envp);
	if (zone < 0)
		error_report();
	close(ZONE_FD_ORDERS);
	if (zone > 0)
		names_keep();
	setsid();
	if (argv[0] == NULL)
		builtin_run(ZONE_FD_ERROR, envp);
	else
		command_exec(argv, envp);
	return error_report();
}
