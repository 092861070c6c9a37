/* Files of a zone's /etc in which warren keeps lines, written in the zone, as its root. What is
 * there may be a hostile zone's work: no link is followed, nothing is waited for. */
#ifndef WARREN_BASE_ETCFILE_H
#define WARREN_BASE_ETCFILE_H

#include <sys/stat.h>

#include "base/buf.h"

/* Open /etc, made if it is missing. The caller's descriptor; -1 */
int etcfile_dir(void);

/* Append its content to b. If there is no such file, st->st_mode is 0. -1: EINVAL, it is no small
 * file; ELOOP, it is a link */
int etcfile_read(int etc, const char *name, struct buf *b, struct stat *st);

/* Replace it in one step, if it changes: after a full disk or a crash the old file is there. Mode
 * and owner stay. */
int etcfile_write(
    int etc, const char *name, const struct buf *was, const struct buf *now, const struct stat *st);

#endif
