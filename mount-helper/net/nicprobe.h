/* What this host has for networks. */
#ifndef WARREN_MOUNT_HELPER_NET_NICPROBE_H
#define WARREN_MOUNT_HELPER_NET_NICPROBE_H

/* Tries all of it in a network namespace of its own, which is the caller's from then on.
 * -1: EOPNOTSUPP, the sentence names what is missing */
int nics_probe(void);

#endif
