/* The name servers that a zone asks: resolv.conf(5). */
#ifndef WARREN_BASE_RESOLV_H
#define WARREN_BASE_RESOLV_H

/* If the zone has an interface that pasta serves, see that /etc/resolv.conf names `server`, the
 * address at which the host's first name server answers: before other servers of IPv4, after one
 * of the zone's own at 127.0.0.0/8 or ::1. A file that names it already, also in a comment, stays
 * as it is. Called in the zone, as its root. -1: the file is not ours to write, or can't be
 * written. */
int resolv_keep(const char *server);

#endif
