/* Disks of other makers, made one of qcow2 by qemu-img.
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

/* Start the child. Before the root changes. */
int convert_prepare(void);

/* Make CONVERT_TO, of qcow2, of CONVERT_FROM, a file of ours that nobody changes meanwhile. Reports
 * `bytes` as read on the way. */
int convert(const char *format, uint64_t bytes);

#endif
