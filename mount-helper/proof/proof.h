/* Host paths: proving who wrote them. */
#ifndef WARREN_MOUNT_HELPER_PROOF_PROOF_H
#define WARREN_MOUNT_HELPER_PROOF_PROOF_H

#include "mount-helper/kit/helper.h"
#include "protocol/helper.h"

/* Does the thread write f's path to the tree at this moment? Then it is f's author. -1: EPERM, what
 * is seen instead */
int proof_see(const struct helper *h, pid_t thread, struct helper_file *f);

/* HELPER_PATHS_PROVE: fill in the authors and seals of a list. */
int proof_list(const struct helper *h, const struct helper_paths_prove *q, int list);

#endif
