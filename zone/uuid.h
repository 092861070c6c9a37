/* The number that is a zone's or VM's own, everywhere and for ever (RFC 9562, version 4). */
#ifndef WARREN_ZONE_UUID_H
#define WARREN_ZONE_UUID_H

#include <stdint.h>

struct buf;
struct obj;
struct row;

enum { UUID_TEXT = 37 }; /* with its NUL */

struct uuid {
	uint8_t bytes[16];
};

void uuid_make(struct uuid *u);
void uuid_format(const struct uuid *u, char text[UUID_TEXT]);
int uuid_parse(const char *text, struct uuid *u); /* -1: EBADMSG */

int uuid_show(struct obj *o, const struct row *r, struct buf *b); /* row::show */

#endif
