/* The zone's log: what its console printed, what QEMU said, and our own remarks, in one ring. */
#ifndef WARREN_MONITOR_JOURNAL_H
#define WARREN_MONITOR_JOURNAL_H

#include <stddef.h>

int journal_open(int fd);

/* Never fails: bytes that a full disk refuses are counted, and the count is noted when it has
 * room. */
void journal_add(const void *bytes, size_t n);
void journal_remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
