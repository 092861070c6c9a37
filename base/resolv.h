/* The name servers that a zone asks: resolv.conf(5). */
#ifndef WARREN_BASE_RESOLV_H
#define WARREN_BASE_RESOLV_H

/* If the zone has an interface that pasta serves, `server`, which is the host's first name server
 * there, is one of /etc/resolv.conf: the first of IPv4, or behind a server of the zone's own at
 * 127.0.0.0/8 or ::1. A file that names it already, be it in a comment, stays as it is. To be
 * called in the zone, as its root. -1: the file is not ours to write, or can't be written. */
int resolv_keep(const char *server);

#endif
