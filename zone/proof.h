/* Host paths in settings: their authors, and the helper's seals. The helper opens a path as its
 * author only with the seal that it made while the author wrote the path
 * (mount-helper/proof/proof.h). */
#ifndef WARREN_ZONE_PROOF_H
#define WARREN_ZONE_PROOF_H

#include "base/author.h"
#include "fs/authored.h"
#include "protocol/helper.h"

struct zone;

/* The seal of path i of a value; zeros: it has none. */
struct seal proof_seal(const struct authored *a, unsigned i);

/* At the start of a daemon: have paths sealed that a version without seals left. The helper does
 * that for the first daemon of a mount. done() is called when they are on disk; false: there is
 * nothing to ask. */
bool proof_adopt(struct zone *z, void (*done)(void));

#endif
