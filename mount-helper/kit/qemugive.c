/* QEMU gets the descriptor from its monitor, as any of its commands: no daemon ever has it. The
 * monitor may have been taken over by its guest, so that nothing of its answer is believed. */
#include "mount-helper/kit/qemugive.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/wire.h"
#include "protocol/monitor.h"

enum { PATIENCE_MS = 10000, NEWS_MAX = 100 };

static int refuse(int code)
{
	if (code == ESRCH)
		return err_set(ESRCH, "it does not run");
	if (code == EOPNOTSUPP)
		return err_set(ENOSYS, "its monitor is of an older warren: reboot it");
	return err_set(EIO, "its monitor does not answer: halt it");
}

/* News of the VM may come before the answer. */
static int answer_await(int sock)
{
	static struct mon_event e;
	struct pollfd p = {.fd = sock, .events = POLLIN};
	for (int i = 0; i < NEWS_MAX; i++) {
		int n = 0;
		cleanup_fd int text = -1;
		if (poll(&p, 1, PATIENCE_MS) != 1 ||
		    wire_recv(sock, &e, sizeof(e), &text, 1, &n) != (ssize_t)sizeof(e))
			return refuse(EIO);
		if (e.op == MON_REPLY || e.op == MON_DONE)
			return e.err.code == 0 ? 0 : refuse(e.err.code);
	}
	return refuse(EIO);
}

static int monitor_ask(
    const struct helper *h, const char *name, const struct mon_request *r, const int *fds, int n)
{
	cleanup_fd int sock = wire_connect(h->dirs.monitors, name);
	if (sock < 0)
		return err_set(ESRCH, "it does not run");
	return wire_send(sock, r, sizeof(*r), fds, n) < 0 ? -1 : answer_await(sock);
}

int qemu_give(const struct helper *h, const char *name, const char *command, int fd)
{
	static const struct mon_request r = {.op = MON_QMP, .seq = 1};
	cleanup_fd int text = memfd_create("command", MFD_CLOEXEC);
	if (text < 0 || fd_write_all(text, command, strlen(command)) < 0)
		return err_sys("ask its monitor");
	int fds[] = {text, fd};
	return monitor_ask(h, name, &r, fds, 2);
}

int qemu_serve(const struct helper *h, const char *name, unsigned server, int ended)
{
	static struct mon_request r = {.op = MON_SERVER, .seq = 1};
	r.value = server;
	return monitor_ask(h, name, &r, &ended, 1);
}
