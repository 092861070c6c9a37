/* A byte of RUN/lock for each zone, by its id, which is never 0, and byte 0 for the host. The lock
 * that the helper itself holds on that file for as long as it lives is of another kind (flock(2)).
 */
#include "mount-helper/net/netlock.h"

#include <errno.h>
#include <fcntl.h>

#include "base/err.h"
#include "base/fd.h"

static int byte_lock(const struct helper *h, uint64_t byte)
{
	struct flock whole = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)byte, .l_len = 1};
	cleanup_fd int lock = openat(h->dirs.run, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	int r = -1;
	while (lock >= 0 && (r = fcntl(lock, F_OFD_SETLKW, &whole)) < 0 && errno == EINTR)
		;
	return r < 0 ? err_sys("wait for other networks") : fd_move(&lock);
}

int netlock_zone(const struct helper *h, uint64_t id)
{
	return byte_lock(h, id);
}

int netlock_host(const struct helper *h)
{
	return byte_lock(h, 0);
}
