/* The helper's proof to itself that it has seen who wrote a host path. Only the helper can make
 * one. The daemon keeps it with the setting and shows it at each boot
 * (mount-helper/proof/seal.h). */
#ifndef WARREN_BASE_SEAL_H
#define WARREN_BASE_SEAL_H

#include <stdint.h>

enum { SEAL_BYTES = 16 };

struct seal {
	uint8_t bytes[SEAL_BYTES]; /* all zero: none */
};

#endif
