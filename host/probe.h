/* What the host can do: the helper tries it, once, at the start. */
#ifndef WARREN_HOST_PROBE_H
#define WARREN_HOST_PROBE_H

#include "base/buf.h"

void host_probe(void);

/* The lines of the file `host` about it. */
void host_probe_show(struct buf *b);

#endif
