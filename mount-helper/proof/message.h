/* What a write to the tree says about the host. */
#ifndef WARREN_MOUNT_HELPER_PROOF_MESSAGE_H
#define WARREN_MOUNT_HELPER_PROOF_MESSAGE_H

#include <stdbool.h>

#include "protocol/helper.h"

/* Does a message of n bytes to a file of this name give f's path, for f's use and of its size? It
 * must have the form of the file's value from the first line to the last. */
bool message_names(const char *file, const char *text, size_t n, const struct helper_file *f);

#endif
