#include "vm/chord.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"
#include "vm/layout.h"

const char *const key_names[] = {"shift", "shift_r", "alt", "alt_r", "ctrl", "ctrl_r", "menu",
    "esc", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "minus", "equal", "backspace", "tab",
    "q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "bracket_left", "bracket_right", "ret", "a",
    "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe", "grave_accent", "backslash",
    "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "asterisk", "spc", "caps_lock",
    "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "num_lock", "scroll_lock",
    "kp_divide", "kp_multiply", "kp_subtract", "kp_add", "kp_enter", "kp_decimal", "sysrq", "kp_0",
    "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9", "less", "f11", "f12",
    "print", "home", "pgup", "pgdn", "end", "left", "up", "down", "right", "insert", "delete",
    "stop", "again", "props", "undo", "front", "copy", "open", "paste", "find", "cut", "lf", "help",
    "meta_l", "meta_r", "compose", "pause", "ro", "hiragana", "henkan", "yen", "muhenkan",
    "katakanahiragana", "kp_comma", "kp_equals", "power", "sleep", "wake", "audionext", "audioprev",
    "audiostop", "audioplay", "audiomute", "volumeup", "volumedown", "mediaselect", "mail",
    "calculator", "computer", "ac_home", "ac_back", "ac_forward", "ac_refresh", "ac_bookmarks",
    "lang1", "lang2", NULL};

/* What others call them. */
static const char *const elsewhere[][2] = {{"enter", "ret"}, {"return", "ret"}, {"space", "spc"},
    {"escape", "esc"}, {"del", "delete"}, {"ins", "insert"}, {"bksp", "backspace"},
    {"pageup", "pgup"}, {"pagedown", "pgdn"}, {"control", "ctrl"}, {"altgr", "alt_r"},
    {"win", "meta_l"}, {"super", "meta_l"}, {"cmd", "meta_l"}, {"meta", "meta_l"}};

int key_find(const char *name)
{
	for (int i = 0; key_names[i] != NULL; i++)
		if (strcmp(key_names[i], name) == 0)
			return i;
	return -1;
}

static const char *key_nearest(const char *name)
{
	const char *best = NULL;
	unsigned least = WORD_FAR;
	for (size_t i = 0; i < NELEM(elsewhere); i++)
		if (strcasecmp(elsewhere[i][0], name) == 0)
			return elsewhere[i][1];
	for (size_t i = 0; key_names[i] != NULL; i++) {
		unsigned slips = word_slips(name, key_names[i]);
		if (slips < least) {
			least = slips;
			best = key_names[i];
		}
	}
	return best;
}

/* ---- a message ---- */

struct message {
	const char *at, *end; /* what is left of it */
	uint64_t layout;
	struct chord *list; /* owned; room for CHORDS_MAX and LAYOUT_CHORDS */
	size_t n;
};

static int chord_add(struct message *m, const struct chord *c)
{
	m->list[m->n++] = *c;
	return m->n <= CHORDS_MAX
		   ? 0
		   : err_set(EMSGSIZE, "these are too many keys: give at most %d in one write",
			 CHORDS_MAX);
}

/* ---- keys by name ---- */

static int key_unknown(const char *name)
{
	char q[64];
	const char *near = key_nearest(name);
	if (near == NULL)
		return err_set(EINVAL,
		    "\"%s\" is no key: give QEMU's names, as ctrl-alt-delete, or \"text\" in "
		    "quotes",
		    word_quote(name, q, sizeof(q)));
	return err_set(EINVAL, "\"%s\" is no key: %s? Text is given in quotes",
	    word_quote(name, q, sizeof(q)), near);
}

static int key_add(struct chord *c, const char *name)
{
	int key = key_find(name);
	if (key < 0)
		return key_unknown(name);
	if (memchr(c->keys, key, c->n) != NULL)
		return err_set(
		    EINVAL, "%s is in one chord twice: give a blank between strokes", name);
	if (c->n == CHORD_KEYS)
		return err_set(EINVAL, "a chord has at most %d keys: give a blank between strokes",
		    CHORD_KEYS);
	c->keys[c->n++] = (uint8_t)key;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Names with - between them. */
static int take_chord(struct message *m)
{
	struct chord c = {0};
	char name[64];
	do {
		size_t n = 0;
		while (m->at < m->end && *m->at != '-' && !is_blank(*m->at) && n < sizeof(name) - 1)
			name[n++] = *m->at++;
		name[n] = '\0';
		if (n == 0)
			return err_set(
			    EINVAL, "a key is missing beside a -: that key itself is called minus");
		if (key_add(&c, name) < 0)
			return -1;
	} while (m->at < m->end && *m->at++ == '-');
	return chord_add(m, &c);
}

/* ---- text ---- */

/* All printing characters of ASCII are on each keyboard. */
static int type(struct message *m, uint32_t c)
{
	struct chord chords[LAYOUT_CHORDS];
	if (c == UINT32_MAX)
		return err_set(EINVAL, "the text is no UTF-8: give it as that");
	int n = layout_chords(m->layout, c, chords);
	if (n == 0)
		return err_set(EINVAL,
		    "no key of keyboard %s gives U+%04X: set keyboard, or give keys by name",
		    layout_words[m->layout], (unsigned)c);
	for (int i = 0; i < n; i++)
		if (chord_add(m, &chords[i]) < 0)
			return -1;
	return 0;
}

/* As sh has it: behind a backslash a quote or a backslash is one. */
static int take_text(struct message *m)
{
	m->at++;
	while (m->at < m->end && *m->at != '"') {
		if (*m->at == '\\' && m->end - m->at > 1 && (m->at[1] == '"' || m->at[1] == '\\'))
			m->at++;
		if (type(m, layout_character(&m->at, m->end)) < 0)
			return -1;
	}
	if (m->at == m->end)
		return err_set(EINVAL, "the text has no quote behind it: give \"text\"");
	m->at++;
	if (m->at < m->end && !is_blank(*m->at))
		return err_set(EINVAL,
		    "there is no blank behind a text: give one, and \\\" for a quote in it");
	return 0;
}

static int take_all(struct message *m)
{
	const char *begin = m->at;
	while (m->at < m->end) {
		int r = 0;
		if (is_blank(*m->at))
			m->at++;
		else if (*m->at == '#' && (m->at == begin || m->at[-1] == '\n'))
			while (m->at < m->end && *m->at != '\n')
				m->at++;
		else
			r = *m->at == '"' ? take_text(m) : take_chord(m);
		if (r < 0)
			return -1;
	}
	return 0;
}

int chords_parse(const char *text, size_t len, uint64_t layout, struct chord **to, size_t *n)
{
	struct message m = {.at = text, .end = text + len, .layout = layout};
	*to = NULL;
	m.list = xcalloc(CHORDS_MAX + LAYOUT_CHORDS, sizeof(*m.list));
	int r = take_all(&m);
	if (r < 0 || m.n == 0)
		free(m.list);
	else
		*to = m.list;
	*n = r < 0 ? 0 : m.n;
	return r;
}
