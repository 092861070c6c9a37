/* Traffic counters of a zone's NICs. The host's end of each is in the list of interfaces in /proc,
 * which is read at most once in KEEP_MSEC for all zones; the kernel makes it without waiting for
 * anything. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "rctl/group.h"
#include "zone/net/nic.h"
#include "zone/net/nicstat.h"
#include "zone/zone.h"

enum { KEEP_MSEC = 100, COLUMNS = 16 };
/* proc_pid_net(5), dev: eight columns of what was received, eight of what was sent */
enum { SENT = 8, BYTES = 0, PACKETS = 1, DROPPED = 3 };

static const char *interfaces_read(void)
{
	static struct buf text;
	static int64_t read_at;
	char path[40];
	int64_t now = now_ns() / 1000000;
	if (text.at != NULL && now - read_at < KEEP_MSEC && now >= read_at)
		return text.at;
	read_at = now;
	buf_cut(&text, 0);
	/* the daemon is in a network of its own, the helper in the host's */
	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)getppid());
	if (fd_read_at(-1, path, &text) < 0)
		buf_cut(&text, 0);
	return buf_text(&text);
}

/* Read the zone's own list: an interface that pasta serves has no end on the host. The zone decides
 * how many interfaces there are in it. */
static const char *interfaces_inside(const struct zone *z, struct buf *text)
{
	char path[40];
	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)z->pid);
	return z->pid > 0 && fd_read_at(-1, path, text) == 0 ? buf_text(text) : "";
}

/* The counters behind "NAME:"; NULL: there is no such interface. */
static const char *line_of(const char *all, const char *name)
{
	char key[NIC_NAME + 2];
	snprintf(key, sizeof(key), "%s:", name);
	const char *at = all;
	while ((at = strstr(at, key)) != NULL && at > all && at[-1] != ' ' && at[-1] != '\n')
		at++;
	return at != NULL ? at + strlen(key) : NULL;
}

bool nic_seen(const struct zone *z, unsigned n)
{
	char name[NIC_NAME];
	nic_name(name, group_parent(), z->l.obj.id, n);
	return line_of(interfaces_read(), name) != NULL;
}

/* swapped: seen from the host, which receives what the zone sends */
static void show_one(unsigned n, const char *line, bool swapped, struct buf *b)
{
	uint64_t c[COLUMNS] = {0};
	const uint64_t *rx = c, *tx = c + SENT;
	for (int i = 0, used = 0; i < COLUMNS && sscanf(line, "%" SCNu64 "%n", &c[i], &used) == 1;
	     i++)
		line += used;
	if (swapped) {
		rx = c + SENT;
		tx = c;
	}
	buf_printf(b,
	    "nic%u rx_bytes=%" PRIu64 " rx_packets=%" PRIu64 " tx_bytes=%" PRIu64
	    " tx_packets=%" PRIu64 " dropped=%" PRIu64 "\n",
	    n, rx[BYTES], rx[PACKETS], tx[BYTES], tx[PACKETS], rx[DROPPED] + tx[DROPPED]);
}

int show_nic_stat(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	struct zone *z = zone_of(o);
	for (unsigned n = 0; n < NICS && zone_runs(z); n++) {
		char name[NIC_NAME];
		struct buf own = {0};
		bool user =
		    z->nics.set[n].v.p != NULL && keyed_has(z->nics.set[n].v.p, NIC_KEY_USER);
		nic_name(name, group_parent(), z->l.obj.id, n);
		const char *line = line_of(interfaces_read(), name);
		if (line == NULL && user) {
			snprintf(name, sizeof(name), "eth%u", n);
			line = line_of(interfaces_inside(z, &own), name);
		}
		if (line != NULL)
			show_one(n, line, !user, b);
		buf_finish(&own);
	}
	return 0;
}
