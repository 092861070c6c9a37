#include "zone/uuid.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "fs/change.h"
#include "zone/parts.h"

/* The kernel gives so few bytes at once and whole (getrandom(2)). */
void uuid_make(struct uuid *u)
{
	if (getrandom(u->bytes, sizeof(u->bytes), 0) != (ssize_t)sizeof(u->bytes))
		abort();
	u->bytes[6] = (uint8_t)((u->bytes[6] & 0x0f) | 0x40);
	u->bytes[8] = (uint8_t)((u->bytes[8] & 0x3f) | 0x80);
}

void uuid_format(const struct uuid *u, char text[UUID_TEXT])
{
	for (size_t i = 0; i < sizeof(u->bytes); i++) {
		bool group = i == 4 || i == 6 || i == 8 || i == 10;
		text += snprintf(text, 4, "%s%02x", group ? "-" : "", u->bytes[i]);
	}
}

int uuid_parse(const char *text, struct uuid *u)
{
	struct uuid read;
	char again[UUID_TEXT];
	uint8_t *b = read.bytes;
	if (sscanf(text,
		"%2hhx%2hhx%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx-%2hhx%2hhx%2hhx%2hhx%2hhx%"
		"2hhx",
		&b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &b[6], &b[7], &b[8], &b[9], &b[10],
		&b[11], &b[12], &b[13], &b[14], &b[15]) != 16)
		return err_set(EBADMSG, "bad uuid");
	uuid_format(&read, again);
	if (strcmp(text, again) != 0)
		return err_set(EBADMSG, "bad uuid");
	*u = read;
	return 0;
}

int uuid_show(struct obj *o, const struct row *r, struct buf *b)
{
	char text[UUID_TEXT];
	(void)r;
	uuid_format(&zone_of(o)->uuid, text);
	buf_printf(b, "%s\n", text);
	return 0;
}

/* ---- as a part of its zone ---- */

static void init(struct zone *z)
{
	uuid_make(&z->uuid);
}

static void save(const struct zone *z, struct buf *b)
{
	char text[UUID_TEXT];
	uuid_format(&z->uuid, text);
	buf_printf(b, "uuid %s\n", text);
}

static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "uuid") != 0)
		return 1;
	z->uuid_kept = true;
	return uuid_parse(value, &z->uuid);
}

/* An older warren had none: what was made now is kept. */
static void found(struct zone *z)
{
	if (!z->uuid_kept)
		change_save(&z->l.obj);
}

const struct zone_part uuid_part = {.init = init, .save = save, .load = load, .found = found};
