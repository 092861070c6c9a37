/* What a process inherits besides descriptors: limits, scheduling, signals, umask. What the shell
 * that mounts has set of these is dropped once, when the helper begins, while it has the rights to;
 * so no daemon, zone or job inherits it. The helper raises its own hard limits as far as the host
 * lets it: those of a zone are only ever lowered, for which nobody needs a right. */
#ifndef WARREN_MOUNT_HELPER_KIT_INHERITED_H
#define WARREN_MOUNT_HELPER_KIT_INHERITED_H

/* Become as the first process of a booted system, for all that we start. Hard limits become as high
 * as the host allows: those of a zone can only be lower. What can't be changed stays. A shield by
 * oom_score_adj stays, as a service's unit may give us one. */
void inherited_reset(void);

#endif
