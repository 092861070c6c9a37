/* The zone's log: what its console printed, what QEMU said, and our own remarks, in one ring. */
#ifndef WARREN_MONITOR_JOURNAL_H
#define WARREN_MONITOR_JOURNAL_H

#include <stddef.h>

int journal_open(int fd);

/* Never fails: what a full disk does not take is counted, and told when it takes bytes again. */
void journal_add(const void *bytes, size_t n);
void journal_remark(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
