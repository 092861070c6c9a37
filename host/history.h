/* The file `history` of an object: its events, kept on disk by the writer, which deletes them with
 * the object's settings. */
#ifndef WARREN_HOST_HISTORY_H
#define WARREN_HOST_HISTORY_H

#include "fs/tree.h"

extern int history_dir; /* of the files; borrowed */

void history_add(uint64_t id, const char *line); /* with its newline */
int history_show(struct obj *o, const struct row *r, struct buf *b); /* row::show */

/* The id of the object whose history has this file name; 0: it is no history. */
uint64_t history_id(const char *name);

#endif
