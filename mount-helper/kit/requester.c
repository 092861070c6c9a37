#include "mount-helper/kit/requester.h"

#include <poll.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/log.h"
#include "base/wire.h"

void requester_answer(const struct requester *a, const struct helper_reply *reply, int fd)
{
	if (wire_send(a->sock, reply, sizeof(*reply), &fd, fd >= 0) < 0)
		log_warn("answer the daemon: %s", err_text());
	if (a->end >= 0)
		(void)!send(a->end, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool requester_is_gone(const struct requester *a)
{
	struct pollfd p = {.fd = a->sock};
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}
