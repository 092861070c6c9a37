/* The text of the file host: what this machine has and can do. */
#ifndef WARREN_TREE_HOST_H
#define WARREN_TREE_HOST_H

#include <stddef.h>

#include "base/buf.h"

struct host_counts {
	size_t zones, vms;
	unsigned running;
};

void host_show(const struct host_counts *n, struct buf *b);

#endif
