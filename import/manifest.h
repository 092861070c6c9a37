/* The manifest of an OVA: lines of ALGORITHM(FILE)= HEX (DMTF's DSP0243). It may come before the
 * files that it is about, or behind them; so what it may tell of each is computed as that goes by.
 * There is one in a program. */
#ifndef WARREN_IMPORT_MANIFEST_H
#define WARREN_IMPORT_MANIFEST_H

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>

enum { MANIFEST_MOST = 64 << 10 }; /* bytes of one */
enum algorithm { SHA1, SHA256, SHA512, ALGORITHMS };

/* The digests of a file that is being read: those that the manifest has, or all, where it comes
 * later. */
struct digests {
	bool wanted[ALGORITHMS];
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
};

void digests_begin(struct digests *d);
void digests_add(struct digests *d, const void *bytes, size_t n);

bool manifest_is(const char *name); /* is this file one? */
void manifest_take(const char *text); /* it is; copied */
int manifest_note(const char *name, struct digests *d); /* a file has been read. -1: too many */

/* When all have been read. -1: EINVAL, naming a file that is not what the manifest says. It may
 * tell of files that are not there: some makers leave out what nobody needs. */
int manifest_check(void);

#endif
