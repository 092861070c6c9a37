/* Files of a zone's /etc that we keep lines in, written in the zone, as its root. Whatever is there
 * may be a hostile zone's work: no link is followed, nothing waited for. */
#ifndef WARREN_BASE_ETCFILE_H
#define WARREN_BASE_ETCFILE_H

#include <sys/stat.h>

#include "base/buf.h"

/* Open /etc, made if it is missing. The caller's descriptor; -1 */
int etcfile_dir(void);

/* Append what is in it to b. If there is none, st->st_mode is 0. -1: EINVAL, it is no small file,
 * or ELOOP, a link */
int etcfile_read(int etc, const char *name, struct buf *b, struct stat *st);

/* Replace it, if it changes, in one step: a full disk, or an end half-way, leaves what was there.
 * Mode and owner stay. */
int etcfile_write(
    int etc, const char *name, const struct buf *was, const struct buf *now, const struct stat *st);

#endif
