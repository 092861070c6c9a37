/* Whose request is handled next. The kernel hands requests out in the order in which they came: a
 * user with a thousand threads that ask without a pause would let everybody wait for a thousand
 * answers. So each user has some requests handled at once in each round of the loop. What comes
 * above that waits in a line of his own, and the lines are served in turn. A line is a user's, or a
 * block of users' (hold_key). */
#ifndef WARREN_FS_TURNS_H
#define WARREN_FS_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Who handles a request; the bytes are not kept. */
void turns_open(void (*handle)(void *request, size_t size));

/* A round begins: each may have TURNS_AT_ONCE handled in it before he waits. */
enum { TURNS_AT_ONCE = 4 };
void turns_round(void);

/* True: the request, of FUSE's number unique, was copied, and is handled when its turn has come. */
bool turns_wait(uid_t uid, uint64_t unique, const void *request, size_t size);

/* Handle some of those that wait. The loop does so in each of its rounds. */
void turns_serve(void);

#endif
