/* What keeps zones with a `user` NIC from the host's own services: one table of nftables'
 * (USER_TABLE) for the whole host, as rules per zone would cost each packet of the host's
 * something. Packets of a zone's or monitor's uid that leave by lo are refused, whatever pasta
 * makes of the zone's frames: at 127.0.0.1 and the host's other addresses alike; and those for
 * many, of which the kernel gives the host a copy. What is let through are questions for the host's
 * name servers, which pasta puts for the zone.
 *
 * passt hands on whatever a zone sends, so that the host needs a rule of its own. A zone that needs
 * it has an element in the table's set `users`; the table is removed with the last one, by a
 * request that the kernel refuses while the set is not empty. The rules come before an
 * administrator's NAT: what a zone sends elsewhere, and the administrator redirects to the host, is
 * allowed. */
#ifndef WARREN_MOUNT_HELPER_NET_LOOPBACK_H
#define WARREN_MOUNT_HELPER_NET_LOOPBACK_H

/* Put the rules in force, for the NIC of this name as well (nic_name). A second call changes
 * nothing. -1: EOPNOTSUPP, the kernel can't do it */
int loopback_close(const char *name);

/* This NIC needs the rules no more. With the last one, of any instance of warren's, the table is
 * removed. */
int loopback_release(const char *name);

#endif
