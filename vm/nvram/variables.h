/* UEFI's variables in the flash, as EDK II keeps them: a firmware volume with a store of
 * authenticated variables (MdeModulePkg/Include/Guid/VariableFormat.h), and behind it the log by
 * which a rewriting of the store is made whole (SystemNvDataGuid.h, FaultTolerantWrite.h).
 *
 * Each is called NAME-GUID, as in Linux's efivarfs. */
#ifndef WARREN_VM_NVRAM_VARIABLES_H
#define WARREN_VM_NVRAM_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "fs/node.h"

enum {
	/* the UEFI specification, 8.2 */
	VARIABLE_NON_VOLATILE = 1,
	VARIABLE_BOOT_SERVICE = 2,
	VARIABLE_RUNTIME = 4,
	VARIABLE_TIME_AUTH = 0x20,
	VARIABLE_HEADER = 60, /* bytes of AUTHENTICATED_VARIABLE_HEADER, which is packed */
	VARIABLE_MOST = 0x8400, /* bytes of one with all: OVMF's PcdMaxVariableSize */
	VARIABLE_NAME = 2 * (ENTRY_LEN - 36), /* bytes of a name that can be a file's */
};

struct variable {
	uint8_t head[VARIABLE_HEADER];
	const uint8_t *name; /* UCS-2 with its end; borrowed */
	size_t name_size;
	const uint8_t *data; /* borrowed */
	size_t data_size;
	uint8_t *made; /* owned: the name of a new one; NULL */
};

struct variables {
	struct variable *list; /* owned; valid ones, in the order of the store */
	size_t n;
	uint8_t *room; /* in the flash: where they lie */
	size_t size;
};

/* Find them in a flash, which they borrow. -1: EIO: the flash is none, or its firmware was stopped
 * while it rewrote them */
int variables_read(struct variables *v, uint8_t *flash, size_t size);
void variables_free(struct variables *v);

/* Put them into that flash. -1: ENOSPC; nothing is changed */
int variables_write(const struct variables *v);

/* The name that it has as a file. False: it has none: too long, or it would not be a plain line */
bool variable_name(const struct variable *x, char name[ENTRY_LEN + 1]);

uint32_t variable_attributes(const struct variable *x);
const struct variable *variables_find(const struct variables *v, const char *name); /* or NULL */

/* Store one, in place of another of its name: attributes (of which 4 bytes come first, as in
 * efivarfs) and data, borrowed. -1: EINVAL, ERANGE */
int variables_set(struct variables *v, const char *name, const uint8_t *bytes, size_t n);
void variables_remove(struct variables *v, const char *name); /* harmless without */

int variable_check_name(const char *name); /* -1: EINVAL, it is not NAME-GUID */

#endif
