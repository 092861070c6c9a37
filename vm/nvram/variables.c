#include "vm/nvram/variables.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Offsets: in EFI_FIRMWARE_VOLUME_HEADER, VARIABLE_STORE_HEADER (28 bytes), and
 * AUTHENTICATED_VARIABLE_HEADER. */
enum {
	VOLUME_SIGNATURE = 40,
	VOLUME_HEADER = 48,
	STORE_SIZE = 16,
	STORE_STATE = 20, /* 0x5a formatted, 0xfe healthy */
	STORE_HEADER = 28,
	START = 0, /* 0x55aa */
	STATE = 2,
	ATTRIBUTES = 4,
	NAME_SIZE = 36,
	DATA_SIZE = 40,
	GUID = 44,
	GUID_BYTES = 16,
	GUID_TEXT = 36
};
enum { ADDED = 0x3f, LEAVING = 0x3e /* the guest writes a new one, or stopped at it */ };

static uint16_t le16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32_at(const uint8_t *p)
{
	return (uint32_t)le16_at(p) | (uint32_t)le16_at(p + 2) << 16;
}

static void le32_put(uint8_t *p, uint32_t n)
{
	uint32_t le = htole32(n);
	memcpy(p, &le, sizeof(le));
}

/* ---- the log of a rewriting ----
 *
 * The firmware writes the new store into the second half of the flash, notes that in the log, then
 * copies it to its place, and notes that. Flash is erased to ones: a bit that is 0 says yes. */

enum { LOG_BYTES = 0x1000, LOG_HEADER = 32, WRITE_HEADER = 40, RECORD = 40 };
enum { HEADER_THERE = 1, WRITES_THERE = 2, WRITE_DONE = 4, SPARE_DONE = 2, PLACE_DONE = 4 };

static bool says(uint8_t bits, int bit)
{
	return (bits & bit) == 0;
}

/* Is the store in the middle of its copying? */
static bool is_rewritten(const uint8_t *flash, size_t size)
{
	static const uint8_t guid[GUID_BYTES] = "\x2b\x29\x58\x9e\x68\x7c\x7d\x49"
						"\xa0\xce\x65\x00\xfd\x9f\x1b\x95";
	const uint8_t *log = flash + size / 2 - LOG_BYTES;
	size_t at = LOG_HEADER;
	if (memcmp(log, guid, sizeof(guid)) != 0)
		return false;
	while (at + WRITE_HEADER + RECORD <= LOG_BYTES && says(log[at], HEADER_THERE)) {
		const uint8_t *record = log + at + WRITE_HEADER;
		uint32_t writes = le32_at(log + at + 24), more = le32_at(log + at + 32);
		if (says(log[at], WRITES_THERE) && !says(log[at], WRITE_DONE) &&
		    says(record[0], SPARE_DONE) && !says(record[0], PLACE_DONE))
			return true;
		if (writes > LOG_BYTES || more > LOG_BYTES)
			break;
		at += WRITE_HEADER + writes * (RECORD + more);
	}
	return false;
}

/* ---- the store ---- */

static int store_find(struct variables *v, uint8_t *flash, size_t size)
{
	static const uint8_t guid[GUID_BYTES] = "\x78\x2c\xf3\xaa\x7b\x94\x9a\x43"
						"\xa1\x80\x2e\x14\x4e\xc3\x77\x92";
	if (size < 4 * LOG_BYTES || size % 2 != 0 ||
	    memcmp(flash + VOLUME_SIGNATURE, "_FVH", 4) != 0)
		return err_set(EIO, "there are no variables in its flash: boot it, so that its "
				    "firmware makes them");
	if (is_rewritten(flash, size))
		return err_set(EIO, "its firmware rewrites them, or was stopped at that: look "
				    "again, or boot it, which ends that");
	size_t at = le16_at(flash + VOLUME_HEADER);
	const uint8_t *store = flash + at;
	size_t bytes = at + STORE_HEADER < size / 2 ? le32_at(store + STORE_SIZE) : 0;
	if (bytes <= STORE_HEADER || bytes > size / 2 - at ||
	    memcmp(store, guid, sizeof(guid)) != 0 ||
	    memcmp(store + STORE_STATE, "\x5a\xfe", 2) != 0)
		return err_set(EIO, "its firmware keeps its variables in a form that is not known "
				    "here: look at them from inside");
	v->room = flash + at + STORE_HEADER;
	v->size = bytes - STORE_HEADER;
	return 0;
}

static size_t aligned(size_t n)
{
	return (n + 3) / 4 * 4;
}

static size_t whole_size(const struct variable *x)
{
	return VARIABLE_HEADER + x->name_size + x->data_size;
}

static void add(struct variables *v, const struct variable *x)
{
	if ((v->n & (v->n - 1)) == 0) /* it is full: its room is the next power of two */
		v->list = xrealloc(v->list, (v->n == 0 ? 1 : 2 * v->n) * sizeof(*v->list));
	v->list[v->n++] = *x;
}

/* The one at this place. False: there is none, or its sizes are not there yet. */
static bool take(const struct variables *v, size_t at, struct variable *x)
{
	const uint8_t *p = v->room + at;
	if (at > v->size || v->size - at < VARIABLE_HEADER || le16_at(p + START) != 0x55aa)
		return false;
	*x = (struct variable){.name = p + VARIABLE_HEADER,
	    .name_size = le32_at(p + NAME_SIZE),
	    .data_size = le32_at(p + DATA_SIZE)};
	memcpy(x->head, p, VARIABLE_HEADER);
	x->data = x->name + x->name_size;
	size_t left = v->size - at - VARIABLE_HEADER;
	return x->name_size <= left && x->data_size <= left - x->name_size;
}

/* Those that are being replaced come behind the others: where the new one is there it is found
 * first. */
int variables_read(struct variables *v, uint8_t *flash, size_t size)
{
	static const uint8_t states[] = {ADDED, LEAVING};
	struct variable x;
	*v = (struct variables){0};
	if (store_find(v, flash, size) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(states); i++)
		for (size_t at = 0; take(v, at, &x); at += aligned(whole_size(&x)))
			if (x.head[STATE] == states[i])
				add(v, &x);
	return 0;
}

void variables_free(struct variables *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->list[i].made);
	free(v->list);
	*v = (struct variables){0};
}

int variables_write(const struct variables *v)
{
	uint8_t *room = memset(xcalloc(1, v->size), 0xff, v->size);
	size_t at = 0;
	for (size_t i = 0; i < v->n; i++) {
		const struct variable *x = &v->list[i];
		if (at > v->size || whole_size(x) > v->size - at) {
			free(room);
			return err_set(ENOSPC, "its flash has no room for it: remove others");
		}
		memcpy(room + at, x->head, VARIABLE_HEADER);
		memcpy(room + at + VARIABLE_HEADER, x->name, x->name_size);
		memcpy(room + at + VARIABLE_HEADER + x->name_size, x->data, x->data_size);
		at += aligned(whole_size(x));
	}
	memcpy(v->room, room, v->size);
	free(room);
	return 0;
}

/* ---- names ---- */

/* The first three groups are little-endian numbers (the UEFI specification, appendix A). */
static const uint8_t order[GUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static void guid_format(const uint8_t *guid, char text[static GUID_TEXT + 1])
{
	size_t n = 0;
	for (int i = 0; i < GUID_BYTES; i++) {
		bool group = i == 4 || i == 6 || i == 8 || i == 10;
		n += (size_t)snprintf(
		    text + n, GUID_TEXT + 1 - n, "%s%02x", group ? "-" : "", guid[order[i]]);
	}
}

/* False: it is not 36 characters in small letters */
static bool guid_parse(const char *text, uint8_t *guid)
{
	char again[GUID_TEXT + 1];
	const char *p = text;
	for (int i = 0; i < GUID_BYTES; i++, p += 2) {
		p += *p == '-';
		if (sscanf(p, "%2hhx", &guid[order[i]]) != 1 || p[1] == '\0')
			return false;
	}
	guid_format(guid, again);
	return strcmp(again, text) == 0;
}

/* A slash can't be in the name of a file: Linux shows it so, too. */
static char letter(uint16_t c)
{
	return c == '/' ? '!' : c >= ' ' && c < 0x7f ? (char)c : '\0';
}

bool variable_name(const struct variable *x, char name[ENTRY_LEN + 1])
{
	size_t n = x->name_size / 2;
	if (x->name_size % 2 != 0 || n < 2 || x->name_size > VARIABLE_NAME ||
	    le16_at(x->name + 2 * (n - 1)) != 0)
		return false;
	for (size_t i = 0; i < n - 1; i++)
		if ((name[i] = letter(le16_at(x->name + 2 * i))) == '\0')
			return false;
	name[n - 1] = '-';
	guid_format(x->head + GUID, name + n);
	return true;
}

/* The length of NAME; 0: it is no name. */
static size_t name_parse(const char *name, uint8_t *guid)
{
	size_t n = strlen(name);
	if (n < 1 + 1 + GUID_TEXT || n > ENTRY_LEN || name[n - GUID_TEXT - 1] != '-' ||
	    !guid_parse(name + n - GUID_TEXT, guid))
		return 0;
	n -= GUID_TEXT + 1;
	for (size_t i = 0; i < n; i++)
		if (letter((uint16_t)(unsigned char)name[i]) == '\0')
			return 0;
	return n;
}

int variable_check_name(const char *name)
{
	uint8_t guid[GUID_BYTES];
	if (name_parse(name, guid) > 0)
		return 0;
	return err_set(EINVAL, "it is no name of a variable: give NAME-GUID, as in "
			       "Boot0001-8be4df61-93ca-11d2-aa0d-00e098032b8c");
}

const struct variable *variables_find(const struct variables *v, const char *name)
{
	char its[ENTRY_LEN + 1];
	for (size_t i = 0; i < v->n; i++)
		if (variable_name(&v->list[i], its) && strcmp(its, name) == 0)
			return &v->list[i];
	return NULL;
}

/* ---- changes ---- */

uint32_t variable_attributes(const struct variable *x)
{
	return le32_at(x->head + ATTRIBUTES);
}

void variables_remove(struct variables *v, const char *name)
{
	for (const struct variable *x; (x = variables_find(v, name)) != NULL;) {
		size_t i = (size_t)(x - v->list);
		free(v->list[i].made);
		memmove(&v->list[i], &v->list[i + 1], (--v->n - i) * sizeof(*x));
	}
}

/* One with this name and nothing else. */
static void make(struct variable *x, const char *name)
{
	*x = (struct variable){.head = {0xaa, 0x55, ADDED}};
	size_t n = name_parse(name, x->head + GUID);
	x->name_size = 2 * (n + 1);
	x->name = x->made = xcalloc(1, x->name_size);
	for (size_t i = 0; i < n; i++)
		x->made[2 * i] = (uint8_t)name[i];
	le32_put(x->head + NAME_SIZE, (uint32_t)x->name_size);
}

/* What the firmware's SetVariable() refuses for one that is kept, and what it would look at that
 * is not looked at here: a signature. */
static int check(const uint8_t *bytes, size_t n)
{
	static const uint8_t pkcs7[] = "\x9d\xd2\xaf\x4a\xdf\x68\xee\x49"
				       "\x8a\xa9\x34\x7d\x37\x56\x65\xa7";
	enum { KNOWN = 0x27, SIGNED = 4 + 16 + 8 /* attributes, time and WIN_CERTIFICATE */ };
	uint32_t attributes = n > 4 ? le32_at(bytes) : 0;
	if (n <= 4)
		return err_set(EINVAL, "this is no variable: give 4 bytes of attributes and then "
				       "its data, in one write; rm removes one");
	if ((attributes & ~(uint32_t)KNOWN) != 0 || (attributes & 3) != 3)
		return err_set(EINVAL,
		    "attributes 0x%x: give 7, or 3 for one that an operating system does not see; "
		    "and 0x20 more for one of Secure Boot's",
		    attributes);
	if ((attributes & VARIABLE_TIME_AUTH) != 0 && n >= SIGNED + GUID_BYTES &&
	    memcmp(bytes + SIGNED, pkcs7, GUID_BYTES) == 0)
		return err_set(EINVAL, "it begins with a signature, which nobody would check here: "
				       "give what is behind that");
	return 0;
}

int variables_set(struct variables *v, const char *name, const uint8_t *bytes, size_t n)
{
	const struct variable *old = variables_find(v, name);
	struct variable x;
	if (variable_check_name(name) < 0 || check(bytes, n) < 0)
		return -1;
	if (n + VARIABLE_HEADER + VARIABLE_NAME > VARIABLE_MOST)
		return err_set(ERANGE, "it has %zu bytes: give %d at most", n,
		    VARIABLE_MOST - VARIABLE_HEADER - VARIABLE_NAME);
	make(&x, name);
	if (old != NULL) { /* with its time, and its own spelling */
		memcpy(x.head, old->head, VARIABLE_HEADER);
		x.head[STATE] = ADDED;
		x.name_size = old->name_size;
		x.name = old->name;
	}
	memcpy(x.head + ATTRIBUTES, bytes, 4);
	le32_put(x.head + DATA_SIZE, (uint32_t)(n - 4));
	x.data = bytes + 4;
	x.data_size = n - 4;
	variables_remove(v, name);
	add(v, &x);
	return 0;
}
