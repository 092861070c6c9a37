/* The files console and log. */
#ifndef WARREN_ZONE_CONSOLE_H
#define WARREN_ZONE_CONSOLE_H

#include "zone/zone.h"

uint64_t console_begin(struct obj *o);
enum stream console_read(struct obj *o, struct reader *r, struct buf *b, size_t max);
int console_may_write(struct obj *o);
int console_write(struct obj *o, struct req *r, const char *bytes, size_t n);
/* Whose log is in the file of this name? 0: it is no log */
uint64_t console_id(const char *name);

int show_log(struct obj *o, const struct row *r, struct buf *b);

#endif
