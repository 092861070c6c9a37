/* The lines of SmartOS's metadata protocol, version 2
 *(eng.tritondatacenter.com/mdata/protocol.html):
 *
 *	V2 LENGTH CRC32 REQUEST CODE [PAYLOAD]
 *
 * LENGTH and CRC32 are those of all behind them, REQUEST is the asker's number of it, eight
 * hexadecimal digits, which its answer has, too, and PAYLOAD is in BASE64. */
#ifndef WARREN_MONITOR_METADATA_FRAME_H
#define WARREN_MONITOR_METADATA_FRAME_H

#include <stddef.h>

#include "base/buf.h"

enum { FRAME_REQUEST = 9, FRAME_CODE = 16 }; /* with their NULs */

struct frame {
	char request[FRAME_REQUEST], code[FRAME_CODE];
	struct buf payload; /* decoded; the caller's to finish */
};

/* Read a line of n bytes, without its newline. -1: it is no whole frame, and *f has nothing. */
int frame_read(const char *line, size_t n, struct frame *f);

/* Add a frame with its newline. A payload of no bytes is left out. */
void frame_add(
    struct buf *to, const char *request, const char *code, const void *payload, size_t n);

/* Decode n characters and add them. -1: they are no BASE64, and nothing was added. */
int frame_decode(struct buf *to, const char *text, size_t n);

#endif
