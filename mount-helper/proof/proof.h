/* Host paths: proving who wrote them.
 *
 * What the daemon says about who wrote a host path counts for nothing, as it may be taken over.
 * While a path is being written its author is in write(2): the helper looks at him there (look.h),
 * and makes a seal, which the daemon keeps with the setting and shows at each boot (seal.h). For an
 * import it looks while the command waits, and needs no seal. The alternative was a mount option
 * with the directories that root may name: by default it is empty, and nothing works, or it
 * protects nothing. */
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
