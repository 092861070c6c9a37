/* Rules of zones' networks that somebody else takes away: `nft flush ruleset`, a restart of
 * nftables.service. */
#ifndef WARREN_MOUNT_HELPER_NET_RULEWATCH_H
#define WARREN_MOUNT_HELPER_NET_RULEWATCH_H

/* Readable when the host's nftables change. Owned by the caller; -1: there are none, or they can't
 * be watched. */
int rulewatch_open(void);

/* What has changed since it was last asked: lost() for each interface (or USER_TABLE) whose rules
 * went and did not come again, warren's own doing, too; with "" where so much changed that any may
 * be among them. */
void rulewatch_read(int watch, void (*lost)(const char *name, void *arg), void *arg);

#endif
