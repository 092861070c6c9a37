/* A zone's own names in its /etc: hosts(5), hostname(5). */
#ifndef WARREN_BASE_HOSTS_H
#define WARREN_BASE_HOSTS_H

/* See that localhost and this host name are in /etc/hosts, on lines of ours or of others, and that
 * /etc/hostname is the name. Other lines of /etc/hosts stay. Called in the zone, as its root. -1: a
 * file is not ours to write (EINVAL), or can't be written. */
int hosts_keep(const char *hostname);

#endif
