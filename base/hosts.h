/* A zone's own names in its /etc: hosts(5), hostname(5). */
#ifndef WARREN_BASE_HOSTS_H
#define WARREN_BASE_HOSTS_H

/* localhost and this host name are in /etc/hosts from now on, on lines of ours or of somebody
 * else's, and /etc/hostname is the name. What others wrote into /etc/hosts stays. To be called in
 * the zone, as its root. -1: a file is not ours to write (EINVAL), or can't be written. */
int hosts_keep(const char *hostname);

#endif
