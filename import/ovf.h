/* The description in an OVA: XML as DMTF's DSP0243 (OVF) and DSP0004 (units) have it, and as
 * VMware and VirtualBox write it. A stranger made it. */
#ifndef WARREN_IMPORT_OVF_H
#define WARREN_IMPORT_OVF_H

#include <stddef.h>

#include "protocol/import.h"

enum { OVF_NAME = 256, OVF_FILES = 16 };

struct ovf {
	struct import_machine machine;
	char disk[OVF_NAME]; /* the file of its only disk that has one */
};

/* -1: EINVAL, also for what is more than one machine or disk */
int ovf_read(const char *xml, size_t len, struct ovf *o);

#endif
