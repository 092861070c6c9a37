/* What the guest may know, as the daemon told it last; and the one change of the guest's that waits
 * for the daemon. */
#ifndef WARREN_MONITOR_METADATA_KEYS_H
#define WARREN_MONITOR_METADATA_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/metalist.h"

void keys_init(int dir); /* of a zone: where its files are; -1: it is a VM */

/* Take the list of this file over, and place a zone's files. -1: nothing has changed, or not all
 * files are in place. */
int keys_set(int file);
bool keys_known(void); /* the daemon has told it */

/* Find what this key stands for; names that cloud-init asks SmartOS for, too. */
bool keys_find(const char *name, struct metalist_item *i);
void keys_names(struct buf *to); /* of all files, a line each */

/* ---- the change ---- */

bool keys_changing(void);
/* Begin one. Call it when none is under way, with a word_is_name(). */
void keys_change(enum metalist_kind kind, const char *name, const void *bytes, size_t size);
/* For the daemon: a memory file, the caller's, and its number. -1: there is none, or no memory */
int keys_change_file(uint32_t *number);
bool keys_changed(uint64_t number); /* it is done. False: that one is not under way */

#endif
