/* Host paths in settings: who wrote them, and the helper's proof that it saw him do so. The helper
 * opens a path as its author only when it is shown the seal that it made while the path was being
 * written (mount-helper/proof/proof.h). */
#ifndef WARREN_ZONE_PROOF_H
#define WARREN_ZONE_PROOF_H

#include "base/author.h"
#include "base/buf.h"
#include "base/list.h"
#include "protocol/helper.h"

struct obj;
struct row;
struct zone;
union value;

/* The paths of one file of a zone. */
struct proof {
	struct list link; /* zone::proofs */
	const char *file;
	/* its paths, for what and how large: into `to`, which is zeroed and has room for all. How
	 * many, or -1 */
	int (*paths)(struct zone *z, struct helper_proof *to);
	const union value *value; /* of the file; its author counts where it is set */
	struct author author;
	struct seal *seals; /* owned; one a path, in their order */
	unsigned n;
	bool due; /* to be proved before it is saved */
	unsigned asked; /* how many paths the helper looks at */
};

void proof_add(struct zone *z, struct proof *p, const char *file, const union value *value,
    int (*paths)(struct zone *z, struct helper_proof *to));

/* In a row's check: note who writes. -1: EPERM, who can't be told */
int proof_begin(struct proof *p);

/* That of path i; zeros where there is none. */
struct seal proof_seal(const struct proof *p, unsigned i);

/* At the start of a daemon: have the paths sealed that a version without seals has left. The helper
 * does so for the first daemon of a mount. Calls done() when they are on disk; returns false where
 * there is nothing to ask. */
bool proof_adopt(struct zone *z, void (*done)(void));

#endif
