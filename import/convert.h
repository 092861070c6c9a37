/* qemu-img makes disks of other makers one of qcow2.
 *
 * qemu-img needs its libraries, which the unpacker no longer sees once it has made the image its
 * root. So a child stays outside of that and waits for the one order that it takes. It sees the
 * image's directory and the host's /usr, has no capability and no network, and finds nobody else's
 * files: what a header names is not there. */
#ifndef WARREN_IMPORT_CONVERT_H
#define WARREN_IMPORT_CONVERT_H

#include <stdint.h>

#define CONVERT_FROM "source" /* the disk as it came; removed at the end */
#define CONVERT_TO "disk"

/* The unpacker starts the child before its root changes. */
int convert_prepare(void);

/* The child makes CONVERT_TO, of qcow2, of CONVERT_FROM, a file of ours that nobody changes
 * meanwhile. We report `bytes` as read on the way. */
int convert(const char *format, uint64_t bytes);

#endif
