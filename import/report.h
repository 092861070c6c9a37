/* What the daemon is told of an import. */
#ifndef WARREN_IMPORT_REPORT_H
#define WARREN_IMPORT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/import.h"

extern struct import_report report;
void report_total(uint64_t bytes); /* how much will be read */
void report_read(size_t n); /* n more bytes were read; sends a report now and then */
int report_size(void); /* compute what the working directory takes on disk */
int report_end(int result); /* the last one; gives the exit status */

#endif
