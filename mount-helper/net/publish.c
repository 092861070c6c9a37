#include "mount-helper/net/publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"

enum { LOW = 1024, WAIT_MSEC = 3000, LOOK_MSEC = 10 };

int publish_look(const struct helper_nic *nic)
{
	for (int i = 0; i < nic->npublished; i++)
		if (nic->published[i].host < LOW && !nic->low)
			return err_set(EPERM,
			    "publish=%u:%u: ports of the host below %d are root's: give one from "
			    "%d, or have root write the line",
			    nic->published[i].host, nic->published[i].port, LOW, LOW);
	return 0;
}

/* 0, or the errno of bind(2). What is left of ended connections does not count, as for pasta. */
static int bind_one(const struct helper_publish *p, bool v6)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(p->host)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(p->host)};
	memcpy(&four.sin_addr, p->bytes, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, p->bytes, sizeof(six.sin6_addr));
	cleanup_fd int fd =
	    socket(v6 ? AF_INET6 : AF_INET, (p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (!p->udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (v6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
	const struct sockaddr *at = v6 ? (void *)&six : (void *)&four;
	if (fd < 0 || bind(fd, at, v6 ? sizeof(six) : sizeof(four)) == 0)
		return 0;
	return errno;
}

/* Without an address it is a port of both families: pasta would take one alone, and not tell. */
static int bind_try(const struct helper_publish *p)
{
	int code = p->family != 6 ? bind_one(p, false) : 0;
	if (code == 0 && p->family != 4)
		code = bind_one(p, true);
	return code == EADDRNOTAVAIL && p->family == 0 ? 0 : code;
}

/* Has it a port that is, or may be, the same? */
static bool has(const struct helper_nic *nic, const struct helper_publish *p)
{
	for (int i = 0; nic->kind == NIC_USER && i < nic->npublished; i++)
		if (publish_overlap(&nic->published[i], p))
			return true;
	return false;
}

int publish_check(const struct helper_nic *nic, const struct helper_nic *was)
{
	for (int i = 0; i < nic->npublished; i++) {
		const struct helper_publish *p = &nic->published[i];
		int code = has(was, p) ? 0 : bind_try(p);
		if (code == EADDRINUSE)
			return err_set(EEXIST,
			    "publish=%u:%u: port %u of the host is another program's: give "
			    "another, or end that",
			    p->host, p->port, p->host);
		if (code == EADDRNOTAVAIL)
			return err_set(EINVAL,
			    "publish=: the host has no such address for port %u: give one of its "
			    "own, or none for all",
			    p->host);
	}
	return 0;
}

void publish_wait(const struct helper_nic *nic)
{
	for (int i = 0, left = WAIT_MSEC; i < nic->npublished && left > 0;)
		if (bind_try(&nic->published[i]) == EADDRINUSE)
			left -= LOOK_MSEC + poll(NULL, 0, LOOK_MSEC);
		else
			i++;
}
