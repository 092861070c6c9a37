/* The state of a zone's network is read from /proc (proc_pid_net(5)), which never blocks. The zone
 * decides how long these texts are, so only their beginning is read. */
#include "zone/net/used.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "zone/net/addr.h"
#include "zone/net/nic.h"
#include "zone/net/nics.h"
#include "zone/zone.h"

enum { TEXT_MAX = 64 << 10, SHOWN = 16 }; /* bytes of a text; addresses of a NIC */

struct used {
	struct helper_addr addrs[NICS][SHOWN]; /* prefix 0 */
	unsigned n[NICS];
};

static void used_add(struct used *u, unsigned nic, const struct helper_addr *a)
{
	for (unsigned i = 0; i < u->n[nic]; i++)
		if (addr_equal(&u->addrs[nic][i], a))
			return;
	if (u->n[nic] == SHOWN)
		return;
	u->addrs[nic][u->n[nic]] = *a;
	u->addrs[nic][u->n[nic]++].prefix = 0;
}

static void add_settings(const struct zone *z, struct used *u)
{
	for (unsigned n = 0; n < NICS; n++)
		for (unsigned i = 0; i < z->nics.now[n].naddrs; i++)
			used_add(u, n, &z->nics.now[n].addrs[i]);
}

/* ---- what the kernel tells of a zone's network ---- */

/* The beginning of /proc/PID/net/NAME, which is the caller's; "": it can't be read. */
static char *text_read(const struct zone *z, const char *name)
{
	char path[48], *text = xcalloc(1, TEXT_MAX + 1);
	snprintf(path, sizeof(path), "/proc/%d/net/%s", (int)z->pid, name);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	for (size_t len = 0; fd >= 0 && n > 0 && len < TEXT_MAX; len += (size_t)n)
		if ((n = read(fd, text + len, TEXT_MAX - len)) < 0)
			break;
	return text;
}

/* The number of the NIC with this name in the zone; NICS: it is none. */
static unsigned nic_named(const char *name)
{
	unsigned n;
	int len;
	bool is = sscanf(name, "eth%1u%n", &n, &len) == 1 && name[len] == '\0';
	return is && n < NICS ? n : NICS;
}

/* The NIC into whose network an address of IPv4 (network order) is routed; NICS: none's */
static unsigned nic_routed(const char *routes, uint32_t address)
{
	char name[NIC_NAME + 1];
	uint32_t to, gateway, mask;
	for (const char *line = routes; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%16s %x %x %*x %*d %*d %*d %x", name, &to, &gateway, &mask) ==
			4 &&
		    gateway == 0 && mask != 0 && (address & mask) == to && nic_named(name) < NICS)
			return nic_named(name);
	}
	return NICS;
}

/* The NIC of an address. /proc lists those of IPv4 without an interface: it is found by the
 * settings, or by the route into their network. */
static unsigned nic_of(const struct zone *z, const char *routes, const struct helper_addr *a)
{
	uint32_t address;
	for (unsigned n = 0; n < NICS; n++)
		for (unsigned i = 0; i < z->nics.now[n].naddrs; i++)
			if (addr_equal(&z->nics.now[n].addrs[i], a))
				return n;
	memcpy(&address, a->bytes, sizeof(address));
	return nic_routed(routes, address);
}

/* "|-- ADDRESS", and below it what that is: "/32 host LOCAL", an address of the zone's own. */
static void add_v4(const struct zone *z, struct used *u)
{
	struct helper_addr a = {.family = 4};
	char *tree = text_read(z, "fib_trie"), *routes = text_read(z, "route"), *rest = tree;
	for (char *line; (line = word_line(&rest)) != NULL;) {
		char *leaf = strstr(line, "|-- ");
		if (leaf != NULL && inet_pton(AF_INET, leaf + 4, a.bytes) != 1)
			a.bytes[0] = 127;
		if (strstr(line, "/32 host LOCAL") == NULL || a.bytes[0] == 127)
			continue;
		unsigned n = nic_of(z, routes, &a);
		if (n < NICS)
			used_add(u, n, &a);
	}
	free(routes);
	free(tree);
}

/* ADDRESS, which is 32 digits, then numbers of the interface, its prefix, its scope (0: global),
 * its flags, and the interface's name. */
static void add_v6(const struct zone *z, struct used *u)
{
	char *text = text_read(z, "if_inet6"), *rest = text, name[NIC_NAME + 1];
	for (char *line; (line = word_line(&rest)) != NULL;) {
		struct helper_addr a = {.family = 6};
		unsigned scope, i = 0;
		while (i < 16 && sscanf(line + 2 * i, "%2hhx", &a.bytes[i]) == 1)
			i++;
		if (i == 16 && sscanf(line + 32, "%*x %*x %x %*x %16s", &scope, name) == 2 &&
		    scope == 0 && nic_named(name) < NICS)
			used_add(u, nic_named(name), &a);
	}
	free(text);
}

/* ---- status ---- */

static void line_put(const struct used *u, struct buf *b)
{
	bool any = false;
	buf_str(b, "addresses");
	for (unsigned n = 0; n < NICS; n++) {
		for (unsigned i = 0; i < u->n[n]; i++) {
			if (i == 0)
				buf_printf(b, " nic%u=", n);
			else
				buf_str(b, ",");
			addr_format(&u->addrs[n][i], b);
			any = true;
		}
	}
	buf_str(b, any ? "\n" : " -\n");
}

void used_status(struct zone *z, struct buf *b)
{
	struct used u = {.n = {0}};
	bool has_nics = nics_left(z) != 0;
	if (zone_is_up(z) && has_nics && z->pid > 0) {
		if (z->kind->nics_look != NULL) {
			add_settings(z, &u);
		} else {
			add_v4(z, &u);
			add_v6(z, &u);
		}
	}
	line_put(&u, b);
}
