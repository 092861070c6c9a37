/* zone_once DIR: boots the zone whose directory in the tree it is and waits until it has ended by
 * itself and nothing is left of it. */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int file_open(const char *dir, const char *name, int flags)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	char how[64];
	if (argc != 2)
		errx(2, "usage: zone_once DIR");
	int ctl = file_open(argv[1], "ctl", O_WRONLY), wait = file_open(argv[1], "wait", O_RDONLY);
	if (write(ctl, "boot", 4) < 0)
		err(1, "%s: boot", argv[1]);
	ssize_t n = read(wait, how, sizeof(how) - 1);
	if (n <= 0)
		err(1, "%s: wait", argv[1]);
	how[n] = '\0';
	fputs(how, stderr);
	return 0;
}
