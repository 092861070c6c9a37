/* The files `help`: made of the rows, so that none is forgotten. */
#ifndef WARREN_FS_HELP_H
#define WARREN_FS_HELP_H

#include "fs/tree.h"

/* row::show of each `help`. Of an object's: type::help and a line for each of its files, in groups,
 * those that block last. Of one that stands in a directory row, as "zones/help": dir_row::help. */
int help_show(struct obj *o, const struct row *r, struct buf *b);

#endif
