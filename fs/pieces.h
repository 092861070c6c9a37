/* Lists, and `config`, that are written in pieces. Programs write long texts in pieces of their
 * buffers' size, and each command of a shell writes by itself. A write at offset 0 begins the new
 * list; one that starts where the open file's last write ended continues it, also within a line;
 * one at the end of the list in force adds to it. Each piece is put in force as it comes.
 *
 * A piece of `config` is a message by itself, before which is put again what it goes on with: the
 * lines of the list at the end of the one before, and half a line at the end of a full buffer. */
#ifndef WARREN_FS_PIECES_H
#define WARREN_FS_PIECES_H

#include "fs/req.h"

/* Write len bytes at r->off to a row of kind::list, or to config. Half a line at the end of a full
 * buffer may be no valid line: then it is put in force with the next piece, and until then the row
 * `error` tells of it. */
void pieces_write(struct req *r, const struct node *n, const char *bytes, size_t len);

#endif
