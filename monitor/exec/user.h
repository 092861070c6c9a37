/* Users and groups of a zone, from its own /etc/passwd and /etc/group. Called inside the zone: the
 * files are read by hand, as a static program's name service would load the zone's libraries. */
#ifndef WARREN_MONITOR_EXEC_USER_H
#define WARREN_MONITOR_EXEC_USER_H

#include <sys/types.h>

enum { USER_GROUPS = 64, USER_TEXT = 256 };

struct user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS];
	int ngroups;
	char name[USER_TEXT], home[USER_TEXT];
};

/* Find a user by name or by number. A number that is in no line has itself as its group and / as
 * its home. -1: EIO and the sentence, there is none. */
int user_find(const char *name, struct user *u);

#endif
