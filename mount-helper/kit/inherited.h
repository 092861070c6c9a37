/* What a process hands on to those that it starts. */
#ifndef WARREN_MOUNT_HELPER_KIT_INHERITED_H
#define WARREN_MOUNT_HELPER_KIT_INHERITED_H

/* Be as the first process of a freshly booted system, as all that we start will be. Hard limits
 * become as high as the host lets them: what is given to a zone can only be lower. What can't be
 * changed stays as it is. Of oom_score_adj a shield stays, which a service's unit may give us. */
void inherited_reset(void);

#endif
