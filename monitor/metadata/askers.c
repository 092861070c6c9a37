#include "monitor/metadata/askers.h"

#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "monitor/clients.h"
#include "monitor/metadata/keys.h"
#include "monitor/metadata/talk.h"

enum { ASKERS = 8, CHUNK = 4096 };

static struct asker {
	int fd; /* -1: none */
	struct talk talk;
} askers[ASKERS];

static int door = -1, all = -1; /* the listening socket, -1 of a VM; an epoll of all */
static struct asker *changer; /* whose change is under way; NULL: he has gone, or there is none */

static struct asker *asker_vacant(void)
{
	for (size_t i = 0; i < ASKERS; i++)
		if (askers[i].fd < 0)
			return &askers[i];
	return NULL;
}

static int asker_add(int fd)
{
	struct asker *a = asker_vacant();
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
	if (a == NULL || fd_nonblock(fd) < 0 || epoll_ctl(all, EPOLL_CTL_ADD, fd, &e) < 0)
		return err_sys("hear who asks for metadata");
	a->fd = fd;
	return 0;
}

/* More than ASKERS wait until one of them has gone. */
static void door_watch(void)
{
	struct epoll_event e = {.events = asker_vacant() != NULL ? EPOLLIN : 0, .data.ptr = NULL};
	if (door >= 0)
		epoll_ctl(all, EPOLL_CTL_MOD, door, &e);
}

int askers_init(int fd, int vm)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
	for (size_t i = 0; i < ASKERS; i++)
		askers[i].fd = -1;
	all = epoll_create1(EPOLL_CLOEXEC);
	if (all < 0)
		return err_sys("epoll");
	if (vm)
		return asker_add(fd);
	door = fd;
	return epoll_ctl(all, EPOLL_CTL_ADD, fd, &e) < 0 ? err_sys("epoll") : 0;
}

int askers_fd(short *events)
{
	*events = POLLIN;
	return all;
}

static void asker_drop(struct asker *a)
{
	if (changer == a)
		changer = NULL;
	epoll_ctl(all, EPOLL_CTL_DEL, a->fd, NULL);
	fd_close(&a->fd);
	talk_end(&a->talk);
	door_watch();
}

static void asker_accept(void)
{
	cleanup_fd int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0 && asker_add(fd) == 0)
		fd_move(&fd);
	door_watch();
}

/* False: he has gone. */
static bool answers_send(struct asker *a)
{
	struct buf *out = &a->talk.out;
	ssize_t n = out->len > 0 ? send(a->fd, out->at, out->len, MSG_NOSIGNAL) : 0;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	if (n > 0) {
		memmove(out->at, out->at + n, out->len - (size_t)n);
		buf_cut(out, out->len - (size_t)n);
	}
	return true;
}

static bool asker_hear(struct asker *a)
{
	char chunk[CHUNK];
	ssize_t n = read(a->fd, chunk, sizeof(chunk));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return false;
	if (n > 0)
		talk_hear(&a->talk, chunk, (size_t)n);
	return true;
}

/* Whatever he has said is answered as far as it can be; then wait for what he is to do next. */
static void asker_go_on(struct asker *a)
{
	bool before = keys_changing();
	do {
		talk_go_on(&a->talk);
		if (!answers_send(a)) {
			asker_drop(a);
			return;
		}
	} while (talk_listens(&a->talk) && a->talk.in.len > 0 &&
		 memchr(a->talk.in.at, '\n', a->talk.in.len) != NULL);
	if (!before && keys_changing()) {
		changer = a;
		clients_change();
	}
	struct epoll_event e = {.data.ptr = a};
	e.events = a->talk.out.len > 0 ? EPOLLOUT : talk_listens(&a->talk) ? EPOLLIN : 0;
	epoll_ctl(all, EPOLL_CTL_MOD, a->fd, &e);
}

void askers_ready(short revents)
{
	struct epoll_event e;
	(void)revents;
	if (epoll_wait(all, &e, 1, 0) != 1)
		return;
	struct asker *a = e.data.ptr;
	if (a == NULL)
		asker_accept();
	else if (((e.events & EPOLLIN) != 0 && !asker_hear(a)) ||
		 (e.events & (EPOLLIN | EPOLLOUT)) == 0)
		asker_drop(a);
	else
		asker_go_on(a);
}

void askers_go_on(void)
{
	for (size_t i = 0; i < ASKERS; i++)
		if (askers[i].fd >= 0)
			asker_go_on(&askers[i]);
}

void askers_changed(uint64_t number, const char *why)
{
	struct asker *a = changer;
	if (!keys_changed(number))
		return;
	changer = NULL;
	if (a != NULL)
		talk_changed(&a->talk, why);
	askers_go_on();
}
