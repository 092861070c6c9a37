/* Layouts of keyboards: which keys give a character. */
#ifndef WARREN_VM_LAYOUT_H
#define WARREN_VM_LAYOUT_H

#include "vm/chord.h"

extern const char *const layout_words[]; /* of the file keyboard, NULL behind them */

enum { LAYOUT_CHORDS = 2 };

/* The chords for a character (Unicode): how many; 0: no key gives it. layout: of layout_words */
int layout_chords(uint64_t layout, uint32_t character, struct chord to[LAYOUT_CHORDS]);

/* The next character of UTF-8; *at goes behind it. UINT32_MAX: there is none, or it is malformed */
uint32_t layout_character(const char **at, const char *end);

#endif
