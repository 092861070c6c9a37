/* A zone's NICs as files, and putting them in force. While the zone runs the helper does that at
 * once, and a change is answered when it has. Boot, change and a new daemon all ask for the eight
 * NICs as a whole (mount-helper/net/nicset.c). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "fs/change.h"
#include "fs/settings.h"
#include "rctl/group.h"
#include "zone/force.h"
#include "host/ask.h"
#include "zone/net/nic.h"
#include "zone/net/nics.h"
#include "zone/net/nicstat.h"
#include "zone/net/used.h"
#include "zone/parts.h"

static void nics_ask(struct zone *z);

/* ---- settings ---- */

static bool is_none(const uint8_t mac[MAC_BYTES])
{
	static const uint8_t none[MAC_BYTES];
	return memcmp(mac, none, MAC_BYTES) == 0;
}

static bool is_vm(const struct zone *z)
{
	return z->kind->nics_look != NULL;
}

/* The NIC as it is set, with its MAC; NIC_NONE: it is not set. */
static struct helper_nic nic_wanted(const struct zone *z, unsigned n)
{
	const struct nic_line *line = z->nics.set[n].v.p;
	struct helper_nic nic = {0};
	if (line == NULL)
		return nic;
	nic = line->nic;
	if (is_none(nic.mac))
		memcpy(nic.mac, z->nics.macs[n], MAC_BYTES);
	nic.make = nic.kind == NIC_BRIDGE && z->nics.set[n].by.uid == 0;
	nic.low = nic.npublished > 0 && z->nics.set[n].by.uid == 0;
	for (unsigned i = 0; is_vm(z) && i < nic.npublished; i++)
		nic.published[i].port = (uint16_t)(NIC_FORWARDED + i);
	return nic;
}

void nics_wanted(const struct zone *z, struct helper_nic nics[NICS])
{
	for (unsigned n = 0; n < NICS; n++)
		nics[n] = nic_wanted(z, n);
}

uint32_t nics_left(const struct zone *z)
{
	uint32_t mask = 0;
	for (unsigned n = 0; n < NICS; n++)
		if (z->nics.now[n].kind != NIC_NONE || z->nics.asked[n].kind != NIC_NONE)
			mask |= 1U << n;
	return z->nics.found ? NICS_ALL : mask;
}

/* Make a MAC for a NIC without one. It stays the NIC's as long as the zone exists. */
static int mac_make(uint8_t mac[MAC_BYTES])
{
	if (getrandom(mac, MAC_BYTES, 0) != MAC_BYTES)
		return err_sys("make a MAC");
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* locally administered, of one station */
	return 0;
}

static int check(struct obj *o, const struct row *r)
{
	struct zone *z = zone_of(o);
	unsigned n = r->no - NIC_ROW;
	struct helper_nic nic = nic_wanted(z, n);
	for (unsigned i = 0; i < NICS && nic.kind == NIC_USER; i++)
		if (i != n && nic_wanted(z, i).kind == NIC_USER)
			return err_set(EINVAL, "nic%u is user already: a zone has one of these", i);
	z->nics.look |= 1U << n;
	return nic.kind != NIC_NONE && is_none(nic.mac) ? mac_make(z->nics.macs[n]) : 0;
}

/* Rewriting the same line puts it in force again: that repairs an interface that the zone or the
 * host's administrator has removed. */
static int check_zone(struct obj *o, const struct row *r)
{
	if (check(o, r) < 0)
		return -1;
	zone_of(o)->nics.dirty = true;
	return 0;
}

static int check_vm(struct obj *o, const struct row *r)
{
	const struct nic_line *line = zone_of(o)->nics.set[r->no - NIC_ROW].v.p;
	if (line != NULL && keyed_has(line, NIC_KEY_GATEWAY))
		return err_set(EINVAL, "gateway= is for zones: leave it out, and tell the guest");
	for (int i = 0; line != NULL && i < line->nic.npublished; i++)
		if (line->nic.published[i].family == 6)
			return err_set(EINVAL,
			    "publish= of a VM leads to the guest's IPv4 address: "
			    "give one of IPv4 of the host's, or none for all");
	return check_zone(o, r);
}

static int apply(struct obj *o, const struct row *r)
{
	(void)r;
	zone_of(o)->nics.dirty = true;
	return 0;
}

/* Show the line with the MAC that was made for it. */
static int show(struct obj *o, const struct row *r, struct buf *b)
{
	const struct zone *z = zone_of(o);
	unsigned n = r->no - NIC_ROW;
	const struct nic_line *set = z->nics.set[n].v.p;
	if (set != NULL) {
		struct nic_line line = *set;
		memcpy(line.nic.mac, nic_wanted(z, n).mac, MAC_BYTES);
		line.given |= 1U << NIC_KEY_MAC;
		keyed_format(r, &line, b);
	}
	buf_str(b, set != NULL ? "\n" : "none\n");
	return 0;
}

#define ROW(n, flag, ...)                                                                          \
	{                                                                                          \
		NIC_ROW + (n), "nic" #n, 0644, (flag) | ROW_AUTHOR,                                \
		    "none, bridge=NAME or user, mac= address= gateway= vlan= mtu= "                \
		    "allow= publish=",                                                             \
		    .kind = &kind_keyed, .keyed = &nic_keyed, .author_key = "nic-writer " #n,      \
		    .off = offsetof(struct zone, nics.set[n]), .show = show, .wanted = NIC_WANTED, \
		    .example = "bridge=lan address=10.1.0.2/24", __VA_ARGS__                       \
	}
#define ZONE_ROW(n) ROW(n, 0, .check = check_zone, .apply = apply)
#define VM_ROW(n) ROW(n, ROW_NEXT_BOOT | ROW_TRIED, .check = check_vm, .apply = apply)
#define STAT_ROW                                                                                   \
	{                                                                                          \
		NIC_ROW + NICS, "nic.stat", 0444, ROW_COUNTER,                                     \
		    "bytes and packets that each NIC received and sent, and those dropped",        \
		    .show = show_nic_stat                                                          \
	}

const struct row zone_nic_rows[] = {ZONE_ROW(0), ZONE_ROW(1), ZONE_ROW(2), ZONE_ROW(3), ZONE_ROW(4),
    ZONE_ROW(5), ZONE_ROW(6), ZONE_ROW(7), STAT_ROW, {0}};
const struct row vm_nic_rows[] = {VM_ROW(0), VM_ROW(1), VM_ROW(2), VM_ROW(3), VM_ROW(4), VM_ROW(5),
    VM_ROW(6), VM_ROW(7), STAT_ROW, {0}};

/* ---- on disk: the MACs that were made ---- */

static void save(const struct zone *z, struct buf *b)
{
	for (unsigned n = 0; n < NICS; n++) {
		const uint8_t *m = z->nics.macs[n];
		if (!is_none(m))
			buf_printf(b, "mac %u %02x:%02x:%02x:%02x:%02x:%02x\n", n, m[0], m[1], m[2],
			    m[3], m[4], m[5]);
	}
}

static int load(struct zone *z, const char *key, char *value)
{
	unsigned n;
	uint8_t m[MAC_BYTES];
	if (strcmp(key, "mac") != 0)
		return 1;
	if (sscanf(value, "%u %2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &n, &m[0], &m[1], &m[2], &m[3],
		&m[4], &m[5]) != 7 ||
	    n >= NICS || (m[0] & 1) != 0)
		return err_set(EBADMSG, "bad mac");
	memcpy(z->nics.macs[n], m, MAC_BYTES);
	return 0;
}

/* ---- in force ---- */

/* End what waits for the change to be in force. */
static void change_settle(struct zone *z, const struct err *e)
{
	if (!z->nics.busy && !z->nics.dirty)
		zone_forced(z, &nics_part, e);
}

static void on_answer(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	int code = reply->err.code;
	bool failed = code != 0 && code != ESRCH && zone_is_up(z); /* else it has ended */
	fd_close(&fd);
	for (unsigned n = 0; n < NICS; n++)
		if (!failed && z->nics.asked[n].kind == NIC_USER && z->nics.now[n].kind != NIC_USER)
			z->hostname_due = true; /* the name server may have changed:
						 * base/resolv.h */
	z->nics.busy = false;
	if (failed)
		log_warn("%s: network: %s", z->l.obj.name, reply->err.text);
	/* of a request that failed, be it because the zone ends, a part is there, and so may be
	 * what it did not remove; the next request does */
	for (unsigned n = 0; n < NICS; n++)
		if (code == 0 || z->nics.asked[n].kind != NIC_NONE)
			z->nics.now[n] = z->nics.asked[n];
	nics_ask(z);
	change_settle(z, failed ? &reply->err : NULL);
}

/* Ask the helper to make the running zone's NICs as the settings say. */
static void nics_ask(struct zone *z)
{
	struct helper_nics_set q = {
	    .id = z->l.obj.id, .uids = z->uids, .pid = (int32_t)z->pid, .which = NICS_ALL};
	if (!z->nics.dirty || z->nics.busy || !zone_is_up(z) || z->pid == 0)
		return;
	z->nics.dirty = false;
	nics_wanted(z, q.nics);
	z->nics.busy = true;
	memcpy(q.before, z->nics.now, sizeof(q.before));
	memcpy(z->nics.asked, q.nics, sizeof(q.nics));
	helper_ask(HELPER_NICS_SET, &q, sizeof(q), NULL, 0, on_answer, z);
}

static int fill(struct zone *z, struct zone_request *r)
{
	nics_wanted(z, r->q.zone.nics);
	return 0;
}

static int begin(struct zone *z, struct zone_request *r)
{
	z->nics.dirty = false;
	memcpy(z->nics.now, r->q.zone.nics, sizeof(z->nics.now));
	return 0;
}

static void on_looked(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	zone_forced(z, &nics_part, reply->err.code != 0 ? &reply->err : NULL);
}

/* A zone that does not run gets them at its next boot. Look now, so that what the boot would refuse
 * is refused at the write. */
static int nics_look(struct zone *z)
{
	struct helper_nics_set q = {.id = z->l.obj.id, .uids = z->uids, .vm = is_vm(z)};
	bool any = false;
	for (unsigned n = 0; n < NICS; n++) {
		if ((z->nics.look >> n & 1) == 0)
			continue;
		q.nics[n] = nic_wanted(z, n);
		any = any || q.nics[n].kind != NIC_NONE;
	}
	z->nics.look = 0;
	if (any)
		helper_ask(HELPER_NICS_SET, &q, sizeof(q), NULL, 0, on_looked, z);
	return any;
}

static int force(struct zone *z)
{
	bool runs = zone_runs(z) && z->state != ZONE_HALTING;
	if (!runs)
		z->nics.dirty = false;
	if (is_vm(z) || !runs)
		return nics_look(z);
	z->nics.look = 0;
	if (!z->nics.dirty)
		return 0;
	nics_ask(z);
	return 1;
}

void nics_ask_vm(struct zone *z, const struct helper_nic nics[NICS], uint32_t which, uint32_t taps,
    helper_done *done, void *arg)
{
	struct helper_nics_set q = {
	    .id = z->l.obj.id, .uids = z->uids, .pid = (int32_t)z->pid, .vm = 1, .which = which};
	memcpy(q.before, z->nics.now, sizeof(q.before));
	memcpy(q.nics, nics, sizeof(q.nics));
	for (unsigned n = 0; n < NICS; n++) {
		if ((which >> n & 1) != 0)
			z->nics.now[n] = nics[n];
		if (nics[n].kind == NIC_BRIDGE)
			q.taps |= taps & 1U << n;
	}
	z->nics.found = true; /* it may end meanwhile, and the request fail half-way */
	helper_ask(HELPER_NICS_SET, &q, sizeof(q), NULL, 0, done, arg);
}

static void entered(struct zone *z)
{
	if (z->state == ZONE_BOOTING)
		return;
	if (!zone_is_up(z))
		z->nics.dirty = false;
	else if (!is_vm(z))
		nics_ask(z);
	change_settle(z, NULL);
	if (zone_runs(z))
		return;
	memset(z->nics.now, 0, sizeof(z->nics.now));
	memset(z->nics.asked, 0, sizeof(z->nics.asked));
	z->nics.found = false;
}

/* The daemon before may have died in the middle of a change: ask for all again. */
static void found(struct zone *z)
{
	if (!zone_runs(z))
		return;
	z->nics.found = true;
	for (unsigned n = 0; n < NICS; n++)
		z->nics.dirty = z->nics.dirty || z->nics.set[n].v.p != NULL || nic_seen(z, n);
}

/* Are those rules some of NIC n's? */
static bool has_rules(
    const struct zone *z, unsigned n, const struct helper_nic *nic, const char *of)
{
	char own[NIC_NAME];
	nic_name(own, group_parent(), z->l.obj.id, n);
	if (nic->kind == NIC_USER)
		return *of == '\0' || strcmp(of, USER_TABLE) == 0;
	return nic->antispoof == 1 && (*of == '\0' || strcmp(of, own) == 0);
}

void nics_lost(struct zone *z, void *name)
{
	const struct helper_nic *nics = z->nics.busy ? z->nics.asked : z->nics.now;
	bool mine = false;
	for (unsigned n = 0; n < NICS; n++)
		mine = mine || has_rules(z, n, &nics[n], name);
	if (mine && z->state == ZONE_BOOTING)
		z->nics.dirty = true; /* entered() has them put back */
	if (!mine || !zone_is_up(z) || z->pid == 0)
		return;
	log_warn("%s: somebody took away rules of its network: they are put back", z->l.obj.name);
	z->nics.dirty = true;
	if (is_vm(z))
		z->kind->nics_look(z);
	else
		nics_ask(z);
}

const struct zone_part nics_part = {.status = used_status,
    .save = save,
    .load = load,
    .fill = fill,
    .begin = begin,
    .entered = entered,
    .force = force,
    .found = found};
