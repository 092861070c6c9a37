/* The processor that a guest sees. */
#ifndef WARREN_VM_MODEL_H
#define WARREN_VM_MODEL_H

#include "base/json.h"

/* Is there a model of this name, and can it be had here? models: QEMU's answer to
 * query-cpu-definitions. -1: EINVAL, EOPNOTSUPP */
int model_fits(const json_t *models, const char *name);

#endif
