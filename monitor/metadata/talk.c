#include "monitor/metadata/talk.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/word.h"
#include "monitor/metadata/keys.h"

/* A PUT of the longest value: BASE64 of BASE64, and room for the key and the head. */
enum { LINE_MOST = METALIST_TEXT / 3 * 4 / 3 * 4 + 1024 };

/* ---- answers ---- */

/* Version 1: lines that begin with a dot get another, and a dot alone is the end. */
static void dotted_add(struct buf *to, const char *bytes, size_t n)
{
	const char *end = bytes + n;
	while (bytes < end) {
		const char *line = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t len = (size_t)((line != NULL ? line : end) - bytes);
		if (*bytes == '.')
			buf_str(to, ".");
		buf_add(to, bytes, len);
		buf_str(to, "\n");
		bytes += len + 1;
	}
	buf_str(to, ".\n");
}

/* request "": he speaks version 1. */
static void answer(
    struct talk *t, const char *request, const char *code, const char *bytes, size_t n)
{
	if (request[0] != '\0') {
		frame_add(&t->out, request, code, bytes, n);
		return;
	}
	buf_printf(&t->out, "%s\n", code);
	if (strcmp(code, "SUCCESS") == 0)
		dotted_add(&t->out, bytes, n);
}

static void refuse(struct talk *t, const char *request, const char *why)
{
	answer(t, request, "FAILURE", why, strlen(why));
}

/* ---- what is asked ---- */

/* The text of n bytes as a key; false: none can be called so. */
static bool key_take(char key[METALIST_NAME], const char *text, size_t n)
{
	if (n == 0 || n >= METALIST_NAME || memchr(text, '\0', n) != NULL)
		return false;
	memcpy(key, text, n);
	key[n] = '\0';
	return true;
}

static void get(struct talk *t, const char *request, const char *text, size_t n)
{
	char key[METALIST_NAME];
	struct metalist_item i;
	if (key_take(key, text, n) && keys_find(key, &i))
		answer(t, request, "SUCCESS", i.bytes, i.size);
	else
		answer(t, request, "NOTFOUND", "", 0);
}

static void list(struct talk *t, const char *request, const char *text, size_t n)
{
	struct buf names = {0};
	(void)text, (void)n;
	keys_names(&names);
	answer(t, request, "SUCCESS", buf_text(&names), names.len);
	buf_finish(&names);
}

static bool may_change(struct talk *t, const char *request, const char *key)
{
	if (strncmp(key, "sdc:", 4) == 0)
		refuse(t, request, "keys of sdc: are the host's: choose another");
	else if (!word_is_name(key))
		refuse(t, request,
		    "give a key of 1 to 63 of a-z A-Z 0-9 . _ - beginning with a "
		    "letter or digit");
	else
		return true;
	return false;
}

static void change(struct talk *t, const char *request, enum metalist_kind kind, const char *key,
    const struct buf *value)
{
	memcpy(t->changing, request, strlen(request) + 1);
	keys_change(kind, key, buf_text(value), value->len);
}

static bool pair_take(const char *text, size_t n, char key[METALIST_NAME], struct buf *value)
{
	struct buf name = {0};
	const char *blank = memchr(text, ' ', n);
	size_t len = blank != NULL ? (size_t)(blank - text) : n;
	bool fine = blank != NULL && frame_decode(&name, text, len) == 0 &&
		    key_take(key, buf_text(&name), name.len) &&
		    frame_decode(value, blank + 1, n - len - 1) == 0;
	buf_finish(&name);
	return fine;
}

static void put(struct talk *t, const char *request, const char *text, size_t n)
{
	char key[METALIST_NAME];
	struct buf value = {0};
	if (!pair_take(text, n, key, &value))
		refuse(t, request, "give a key and a value, each in BASE64");
	else if (value.len > METALIST_TEXT)
		refuse(t, request, "the value has more than 64 KiB: give less");
	else if (may_change(t, request, key))
		change(t, request, METALIST_FILE, key, &value);
	buf_finish(&value);
}

static void delete (struct talk *t, const char *request, const char *text, size_t n)
{
	static const struct buf none;
	char key[METALIST_NAME];
	if (!key_take(key, text, n))
		refuse(t, request, "give a key");
	else if (may_change(t, request, key))
		change(t, request, METALIST_GONE, key, &none);
}

static const struct op {
	const char *code;
	bool changes; /* of version 2 alone */
	void (*run)(struct talk *t, const char *request, const char *text, size_t n);
} ops[] = {
    {"GET", false, get}, {"KEYS", false, list}, {"PUT", true, put}, {"DELETE", true, delete}};

static const struct op *op_find(const char *code, size_t n)
{
	for (size_t i = 0; i < NELEM(ops); i++)
		if (strlen(ops[i].code) == n && memcmp(ops[i].code, code, n) == 0)
			return &ops[i];
	return NULL;
}

/* ---- lines ---- */

/* Firmware of UEFI has this line as a terminal and prints on it; an answer would be keys that it is
 * typed. Its lines have carriage returns and escapes. */
static bool is_noise(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isprint((unsigned char)line[i]))
			return true;
	return false;
}

static void line_v1(struct talk *t, const char *line, size_t n)
{
	static const char negotiate[] = "NEGOTIATE V2";
	size_t bare = n > 0 && line[n - 1] == '\r' ? n - 1 : n; /* a terminal's end of line */
	const char *blank = memchr(line, ' ', bare);
	size_t len = blank != NULL ? (size_t)(blank - line) : bare;
	const struct op *op = op_find(line, len);
	if (bare == sizeof(negotiate) - 1 && memcmp(line, negotiate, bare) == 0)
		buf_str(&t->out, "V2_OK\n");
	else if (op != NULL && !op->changes)
		op->run(t, "", line + len + (blank != NULL), bare - len - (blank != NULL));
	else if (!is_noise(line, n))
		buf_str(&t->out, "invalid command\n");
}

/* False: it waits. */
static bool line_take(struct talk *t, const char *line, size_t n)
{
	struct frame f;
	bool framed = frame_read(line, n, &f) == 0;
	const struct op *op = framed ? op_find(f.code, strlen(f.code)) : NULL;
	bool waits = !keys_known() || (op != NULL && op->changes && keys_changing());
	if (waits)
		;
	else if (!framed)
		line_v1(t, line, n);
	else if (op == NULL)
		refuse(t, f.request, "give GET, KEYS, PUT or DELETE");
	else
		op->run(t, f.request, buf_text(&f.payload), f.payload.len);
	buf_finish(&f.payload);
	return !waits;
}

bool talk_listens(const struct talk *t)
{
	return t->out.len == 0 && t->changing[0] == '\0' && !t->waits;
}

static void in_drop(struct talk *t, size_t n)
{
	memmove(t->in.at, t->in.at + n, t->in.len - n);
	buf_cut(&t->in, t->in.len - n);
}

void talk_go_on(struct talk *t)
{
	const char *end;
	t->waits = false;
	while (
	    talk_listens(t) && t->in.len > 0 && (end = memchr(t->in.at, '\n', t->in.len)) != NULL) {
		size_t n = (size_t)(end - t->in.at);
		t->waits = !t->endless && !line_take(t, t->in.at, n);
		if (t->waits)
			return;
		t->endless = false;
		in_drop(t, n + 1);
	}
	if (talk_listens(t) && t->in.len > LINE_MOST) {
		t->endless = true;
		buf_cut(&t->in, 0);
	}
}

void talk_hear(struct talk *t, const char *bytes, size_t n)
{
	buf_add(&t->in, bytes, n);
}

void talk_changed(struct talk *t, const char *why)
{
	char request[FRAME_REQUEST];
	memcpy(request, t->changing, sizeof(request));
	t->changing[0] = '\0';
	if (why[0] != '\0')
		refuse(t, request, why);
	else
		answer(t, request, "SUCCESS", "", 0);
}

void talk_end(struct talk *t)
{
	buf_finish(&t->in);
	buf_finish(&t->out);
	*t = (struct talk){.endless = false};
}
