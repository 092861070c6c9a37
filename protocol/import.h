/* What warren-import, and by it the helper, reports of an import. */
#ifndef WARREN_PROTOCOL_IMPORT_H
#define WARREN_PROTOCOL_IMPORT_H

#include <stdint.h>

#include "base/err.h"

enum import_kind { IMPORT_GOES_ON, IMPORT_DONE, IMPORT_FAILED, IMPORT_KINDS };
enum image_type { IMAGE_NONE, IMAGE_ROOT, IMAGE_DISK, IMAGE_TYPES };
enum disk_format { DISK_RAW, DISK_QCOW2, DISK_FORMATS };

enum import_os { OS_UNSAID, OS_IS_LINUX, OS_IS_WINDOWS, OS_IS_OTHER, IMPORT_OSES };

/* The machine that an OVA describes; 0: it does not say. */
struct import_machine {
	uint64_t ram; /* bytes */
	uint32_t vcpus, nics;
	uint32_t blank; /* disks that are empty, which it does not hold */
	uint32_t uefi; /* 1: it boots by UEFI */
	uint32_t os; /* an enum import_os */
	uint32_t reserved;
};

/* How an import stands. The last one is IMPORT_DONE or IMPORT_FAILED; where the socket ends
 * without, the import was cut off. */
struct import_report {
	uint32_t kind, type, format, percent;
	uint64_t bytes; /* unpacked so far */
	uint64_t files;
	uint64_t devices, sockets, attributes; /* left out */
	uint64_t size; /* bytes on disk; known at the end */
	uint64_t disk_size; /* of a disk, as a guest sees it */
	struct import_machine machine; /* of an OVA */
	struct err err;
};

#endif
