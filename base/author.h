/* The user who wrote a value that names something of the host's. The helper opens it as this user:
 * with the groups that he had when he wrote, as far as the user database still gives them to him
 * (mount-helper/kit/hostfile.c).
 *
 * FUSE tells uid, gid and thread of a request; the groups are read from /proc while the writer
 * waits. The kernel decides who may write which file, by owner and mode (default_permissions).
 * Three places check again: fs/file.c (a file that another user opened), fs/settings.c (a line of
 * `config`), mount-helper/proof/look.c (a path). */
#ifndef WARREN_BASE_AUTHOR_H
#define WARREN_BASE_AUTHOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum { AUTHOR_GROUPS = 32 };
#define AUTHOR_UNKNOWN UINT32_MAX /* as ngroups: all that the user database gives him */

/* Part of the helper's protocol: its size is fixed. */
struct author {
	uint32_t uid, gid, ngroups, groups[AUTHOR_GROUPS]; /* the supplementary ones */
};

/* The groups of thread pid, which waits for the answer to its write. pid 0: it is gone or not
 * known. -1: EPERM, a set-gid program writes, whose group is not its user's. */
int author_read(struct author *a, uid_t uid, gid_t gid, pid_t pid);

/* The user of the thread whose /proc/TID/status this is. -1: EPERM as above; EBADMSG */
int author_parse(struct author *a, const char *status);

bool author_in(const struct author *a, gid_t gid);

/* Save "KEY UID GID [GROUP...]", with a - for unknown groups; load what follows KEY. UID alone, as
 * an older version wrote it, has no group's rights. -1: EBADMSG */
void author_save(const char *key, const struct author *a, struct buf *b);
int author_load(struct author *a, char *text);

#endif
