/* Noticing that somebody removes rules of zones' networks: `nft flush ruleset`, a restart of
 * nftables.service. The daemon asks for them again (zone/net/nics.c, nics_lost). */
#ifndef WARREN_MOUNT_HELPER_NET_RULEWATCH_H
#define WARREN_MOUNT_HELPER_NET_RULEWATCH_H

/* Readable when the host's nftables change. Owned by the caller; -1: there are none, or they can't
 * be watched. */
int rulewatch_open(void);

/* Read what has changed. lost() is called for each interface (or USER_TABLE) whose rules went and
 * did not come back, also by warren's own doing; with "" if so much changed that any may be among
 * them. */
void rulewatch_read(int watch, void (*lost)(const char *name, void *arg), void *arg);

#endif
