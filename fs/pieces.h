/* Lists that are written in pieces. Shells and tools write what is long in pieces of their buffers'
 * size, and each command of a shell writes by itself: a write at offset 0 begins the new list, one
 * behind what the open file wrote so far goes on with it, be it within a line. What comes behind
 * the end of the list that is in force adds to it. Each piece takes force as it comes. */
#ifndef WARREN_FS_PIECES_H
#define WARREN_FS_PIECES_H

#include "fs/req.h"

/* A write of len bytes at r->off to a row of kind::list. A half line at the end of a full buffer
 * may be no line of the list: then it takes force with the next piece, and until then the row
 * `error` tells of it. */
void pieces_write(struct req *r, const struct node *n, const char *bytes, size_t len);

#endif
