/* What one presses on a keyboard: keys that are held together, and how text becomes such. */
#ifndef WARREN_VM_CHORD_H
#define WARREN_VM_CHORD_H

#include <stddef.h>
#include <stdint.h>

enum { CHORD_KEYS = 8, CHORDS_MAX = 1024 };

/* Keys that are pressed one after the other, and let go the other way round. */
struct chord {
	uint8_t n, keys[CHORD_KEYS]; /* indices of key_names */
};

/* QEMU's names of keys (its QAPI's QKeyCode, of 7.2), NULL behind them. */
extern const char *const key_names[];

int key_find(const char *name); /* -1: there is none */

/* What a write to the file keys says, for a keyboard of this layout (vm/layout.h). *to is the
 * caller's, of n chords; NULL: it says nothing. -1: EINVAL, EMSGSIZE */
int chords_parse(const char *text, size_t len, uint64_t layout, struct chord **to, size_t *n);

#endif
