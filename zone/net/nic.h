/* nic0 .. nic7: what they say, and how it takes force. */
#ifndef WARREN_ZONE_NET_NIC_H
#define WARREN_ZONE_NET_NIC_H

#include "fs/node.h"
#include "protocol/helper.h"

struct obj;
struct zone;

enum { NIC_ROW = 64 }; /* the row number of nic0 */

/* One line: bridge=NAME mac= address= gateway= vlan= mtu= antispoof= allow=; none: not set. */
extern const struct kind kind_nic;

extern const struct row zone_nic_rows[], vm_nic_rows[];

void nic_show(const struct helper_nic *nic, struct buf *b); /* the line, without its end */

/* Of a value's text, which is changed. mac stays zeros where it names none. -1: EINVAL, ERANGE */
int nic_parse(char *text, struct helper_nic *nic);

/* ---- of a zone ---- */

struct zone_nics {
	union value set[NICS]; /* settings */
	uint8_t macs[NICS][MAC_BYTES]; /* made here, once and for all; zeros: not yet */
	uid_t writers[NICS]; /* who wrote the settings */
	struct helper_nic now[NICS]; /* in force, as far as we know */
	struct helper_nic asked[NICS]; /* of the helper, which has not answered yet */
	bool dirty; /* settings were changed that are not in force */
	bool busy; /* the helper is at it */
	bool found; /* a daemon before us left it running: anything may be there */
};

uint32_t nics_left(const struct zone *z); /* helper_zone_clean::nics */

/* Somebody took away the rules of the host's interface `name` (a string; "": of any), or
 * USER_TABLE, perhaps some of the zone's */
void nics_lost(struct zone *z, void *name);

int show_nic_stat(struct obj *o, const struct row *r, struct buf *b); /* nicstat.c */
bool nic_seen(const struct zone *z, unsigned n); /* its interface is there */

#endif
