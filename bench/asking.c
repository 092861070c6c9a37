/* asking UID N FILE: N threads of that user's ask for FILE's size without a pause, until standard
 * input ends. Says when they have begun. */
#include <err.h>
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STACK = 32 << 10 };

static void *ask(void *file)
{
	struct stat st;
	while (stat(file, &st) == 0)
		;
	return NULL;
}

int main(int argc, char **argv)
{
	char byte;
	uid_t uid = argc == 4 ? (uid_t)atoi(argv[1]) : 0;
	pthread_attr_t attr;
	if (uid == 0)
		errx(2, "usage: asking UID N FILE");
	if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
		err(1, "become %s", argv[1]);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (int n = atoi(argv[2]); n > 0; n--) {
		pthread_t t;
		if ((errno = pthread_create(&t, &attr, ask, argv[3])) != 0)
			err(1, "thread");
	}
	puts("begun");
	fflush(stdout);
	return read(0, &byte, 1) != 0;
}
