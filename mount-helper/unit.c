#include "mount-helper/unit.h"

#include <fcntl.h>
#include <unistd.h>

#define UNIT "warren-shutdown.service"

static _Noreturn void unit_start(void)
{
	static char name[] = "systemctl", block[] = "--no-block", verb[] = "start", unit[] = UNIT;
	char *argv[] = {name, block, verb, unit, NULL}, *env[] = {NULL};
	int null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	execve("/usr/bin/systemctl", argv, env);
	execve("/bin/systemctl", argv, env);
	_exit(127);
}

void unit_want(void)
{
	/* sd_booted(3) */
	if (access("/run/systemd/system", F_OK) == 0 && fork() == 0)
		unit_start();
}
