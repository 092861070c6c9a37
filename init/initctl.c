#include "init/init.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIFO "/run/initctl"

/* The request of sysvinit's initreq.h: 384 bytes. */
enum { MAGIC = 0x03091969, CMD_RUNLEVEL = 1 };
struct request {
	int32_t magic, cmd, runlevel, sleep;
	char rest[368];
};

static int fifo = -1;

void initctl_open(void)
{
	struct stat st;
	mkfifo(FIFO, 0600);
	fifo = open(FIFO, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fifo >= 0 && fstat(fifo, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    fcntl(fifo, F_SETOWN, getpid()) == 0 && fcntl(fifo, F_SETFL, O_NONBLOCK | O_ASYNC) == 0)
		return;
	close(fifo);
	fifo = -1;
}

int initctl_read(void)
{
	struct request r;
	while (fifo >= 0 && read(fifo, &r, sizeof(r)) == (ssize_t)sizeof(r))
		if (r.magic == MAGIC && r.cmd == CMD_RUNLEVEL)
			return r.runlevel;
	return 0;
}
