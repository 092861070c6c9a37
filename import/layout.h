/* The JSON of an OCI layout (OCI Image Layout and Image Manifest specifications), as strangers
 * wrote it. */
#ifndef WARREN_IMPORT_LAYOUT_H
#define WARREN_IMPORT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LAYERS_MAX = 1000, HEX = 64 };

/* Something in blobs/sha256/. */
struct blob {
	char hex[HEX + 1]; /* its digest, and its name */
	uint64_t size;
	bool index; /* it lists manifests again */
};

struct layers {
	struct blob at[LAYERS_MAX];
	size_t n;
};

/* Find the manifest for this machine in an index. -1: there is none, or more than one. */
int layout_index(const char *json, size_t n, struct blob *manifest);

/* The layers of a manifest, the lowest first. */
int layout_manifest(const char *json, size_t n, struct layers *l);

#endif
