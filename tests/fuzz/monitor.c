/* Packets to a zone's monitor: one of a wrong form ends its connection, the others are answered.
 * The input's first byte says how the rest becomes packets: as it is, or filled up to requests. */
#include "monitor/clients.c"

#include "tests/fuzz/fuzz.h"

int console_size(unsigned short rows, unsigned short cols)
{
	return rows == cols ? 0 : -1;
}

/* The write's number chooses: answered later, come already, refused. */
int console_type(struct client *who, const struct mon_request *r)
{
	static char copy[MON_BYTES];
	assert(who != NULL && r->len <= sizeof(copy));
	memcpy(copy, r->bytes, r->len);
	return r->tag % 3 == 2 ? err_set(ENOSPC, "too much is typed") : (int)(r->tag % 3);
}

void console_forget(const struct client *who)
{
	assert(who->dead);
}

/* The length chooses: answered later, refused. */
int qmp_relay(struct client *who, const struct mon_request *r, int fds[MON_JOB_FDS])
{
	assert(who != NULL && fds[0] < 0);
	return r->len % 2 == 0 ? 0 : err_set(EINVAL, "this is no QMP command");
}

void relay_forget(const struct client *who)
{
	assert(who->dead);
}

const char *agent_version(void)
{
	return "7.2";
}

bool agent_was_told(void)
{
	return true;
}

int servers_change(unsigned server, int *ended)
{
	assert(*ended < 0);
	return server < VM_SERVERS ? 0 : err_set(EINVAL, "there is no such server");
}

int keys_set(int file)
{
	assert(file < 0);
	return err_set(EBADMSG, "the list of metadata is damaged");
}

int keys_change_file(uint32_t *number)
{
	*number = 0;
	return -1;
}

void askers_changed(uint64_t number, const char *why)
{
	(void)number, (void)why;
}

void askers_go_on(void)
{
}

int enter_hostname(const char *name, size_t n)
{
	assert(name != NULL && n <= MON_BYTES);
	return n % 2 == 0 ? 0 : err_set(EPERM, "set the host name");
}

/* The job's number chooses: answered later, done, refused. */
static int job_request(struct client *who, const struct mon_request *r, int *fds)
{
	assert(who != NULL && r->len <= MON_BYTES && fds[0] < 0);
	return r->job % 3 == 0 ? err_set(ESRCH, "there is no such job") : (int)(r->job % 3) - 1;
}

static void forget_client(const struct client *who)
{
	assert(who->dead);
}

static unsigned news = 3;

static bool jobs_news(unsigned slot)
{
	return slot == 0 && news > 0;
}

static bool next_news(unsigned slot, struct mon_event *e)
{
	if (!jobs_news(slot))
		return false;
	news--;
	*e = (struct mon_event){.op = MON_JOB, .job = news};
	return true;
}

static void not_told(unsigned slot, uint64_t id)
{
	assert(slot == 0 && id == news);
	news++;
}

static const struct jobs_face face = {job_request, forget_client, next_news, not_told, jobs_news};

bool zone_ended(void)
{
	return false;
}

void zone_tell(struct mon_event *e)
{
	memset(e, 0, sizeof(*e));
}

int zone_signal(pid_t pid, int signal)
{
	return pid == 0 && signal == 0 ? 0 : err_set(ESRCH, "there is no process %d", pid);
}

int zone_shutdown(uint32_t seconds)
{
	return seconds > 0 ? 0 : -1;
}

int zone_halt(void)
{
	return 0;
}

int zone_pause(bool on)
{
	return on ? 0 : -1;
}

static void packet(int sock, const void *bytes, size_t n)
{
	struct pollfd p[CLIENTS_MAX];
	struct mon_event e;
	if (wire_send(sock, bytes, n, NULL, 0) < 0)
		return;
	clients_poll(p);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		p[i].revents = p[i].events;
	clients_ready(p);
	clients_flush();
	while (wire_recv(sock, &e, sizeof(e), NULL, 0, NULL) > 0)
		assert(e.op < MON_OPS && memchr(e.err.text, '\0', ERR_TEXT) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mon_request r;
	int ends[2];
	if (size == 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	clients_init(-1, &face);
	clients[0] = (struct client){.fd = ends[0]};
	for (size_t at = 1, n; at < size && clients[0].fd >= 0; at += n) {
		n = size - at < 64 ? size - at : 64;
		memset(&r, 0, sizeof(r));
		memcpy(&r, data + at, n);
		packet(ends[1], &r, data[0] % 2 == 0 ? sizeof(r) : n);
	}
	fd_close(&clients[0].fd);
	free(clients[0].answers);
	close(ends[1]);
	return 0;
}
