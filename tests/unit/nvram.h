/* A flash with UEFI's variables, made by hand, for tests and fuzzers. */
#ifndef WARREN_TESTS_UNIT_NVRAM_H
#define WARREN_TESTS_UNIT_NVRAM_H

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* The store begins behind the volume's header; its variables behind its own, of 28 bytes. */
enum {
	FLASH = 0x20000,
	STORE_AT = 0x48,
	FIRST_AT = STORE_AT + 28,
	STORE_BYTES = 0xe000 - STORE_AT,
	LOG_AT = FLASH / 2 - 0x1000
};

#define DB "db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define KEK "KEK-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* An empty one; the caller's. */
static inline uint8_t *nvram_flash(void)
{
	static const uint8_t guid[] = "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43"
				      "\xa1\x80\x2e\x14\x4e\xc3\x77\x92";
	uint8_t *flash = memset(xcalloc(1, FLASH), 0xff, FLASH);
	uint32_t size = STORE_BYTES;
	memcpy(flash + 40, "_FVH", 4);
	memcpy(flash + 48, "\x48\0", 2);
	memcpy(flash + STORE_AT, guid, 16);
	memcpy(flash + STORE_AT + 16, &size, 4);
	memcpy(flash + STORE_AT + 20, "\x5a\xfe", 2);
	return flash;
}

#endif
