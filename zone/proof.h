/* Host paths in settings: who wrote them, and the helper's proof that it saw him do so. The helper
 * opens a path as its author only when it is shown the seal that it made while the path was being
 * written (mount-helper/proof/proof.h). */
#ifndef WARREN_ZONE_PROOF_H
#define WARREN_ZONE_PROOF_H

#include "base/author.h"
#include "fs/authored.h"
#include "protocol/helper.h"

struct zone;

/* That of path i of a value; zeros where there is none. */
struct seal proof_seal(const struct authored *a, unsigned i);

/* At the start of a daemon: have the paths sealed that a version without seals has left. The helper
 * does so for the first daemon of a mount. Calls done() when they are on disk; returns false where
 * there is nothing to ask. */
bool proof_adopt(struct zone *z, void (*done)(void));

#endif
