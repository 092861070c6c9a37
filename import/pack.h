/* Between the two programs of an import go packets of a struct pack and at most PACK_ROOM bytes
 * behind it. The packer begins with PACK_TREE, which PACK_BYTES of a tar archive and PACK_END
 * follow; or with PACK_LAYOUT, then it answers each PACK_ASK with PACK_FILE and the descriptor of
 * that file. PACK_FAILED can come at any time. */
#ifndef WARREN_IMPORT_PACK_H
#define WARREN_IMPORT_PACK_H

#include <stdint.h>

enum pack_kind {
	PACK_TREE, /* total and sockets are set */
	PACK_LAYOUT,
	PACK_BYTES,
	PACK_END,
	PACK_ASK, /* the bytes are a name within the layout */
	PACK_FILE,
	PACK_FAILED, /* the bytes are a struct err */
};

struct pack {
	uint32_t kind, n; /* n: bytes behind it */
	uint64_t total; /* bytes of all files */
	uint64_t sockets; /* left out */
};

enum { PACK_ROOM = 64 << 10 };

/* Read the working directory and send what is in it. Returns the exit status. */
int pack_run(void);

#endif
