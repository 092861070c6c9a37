/* Unpacking an OCI layout: its layers one after the other into one root. A blob is used only if its
 * bytes have its digest. */
#include <archive.h>
#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/wire.h"
#include "import/input.h"
#include "import/layout.h"
#include "import/oci.h"
#include "import/pack.h"
#include "import/report.h"
#include "import/unpack.h"

enum { JSON_MAX = 4 << 20, DEEP = 4 };

static int blob_ask(int packer, const char *name)
{
	struct {
		struct pack head;
		char name[96];
	} q = {.head = {.kind = PACK_ASK}};
	struct pack answer;
	int fd = -1;
	q.head.n = (uint32_t)snprintf(q.name, sizeof(q.name), "%s", name);
	if (wire_send(packer, &q, sizeof(q.head) + q.head.n, NULL, 0) < 0 ||
	    input_packet(packer, &answer, NULL, &fd) < 0)
		return -1;
	return answer.kind == PACK_FILE && fd >= 0 ? fd : err_set(EIO, "the packer sent no file");
}

static int blob_open(int packer, const struct blob *b)
{
	char name[96];
	snprintf(name, sizeof(name), "blobs/sha256/%s", b->hex);
	return blob_ask(packer, name);
}

static int digest_check(struct sha256_ctx *hash, const struct blob *b)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	char hex[HEX + 1];
	sha256_digest(hash, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	if (strcmp(hex, b->hex) == 0)
		return 0;
	return err_set(
	    EINVAL, "the digest of blob %.16s... does not fit its bytes: it is damaged", b->hex);
}

/* A whole small file. */
static int text_read(int fd, char **text, size_t *n)
{
	off_t size = input_size(fd);
	if (size < 0)
		return -1;
	if (size > JSON_MAX)
		return err_set(EINVAL, "the layout has JSON of more than %d bytes", JSON_MAX);
	*text = xcalloc(1, (size_t)size + 1);
	ssize_t got = pread(fd, *text, (size_t)size, 0);
	if (got < 0)
		return err_sys("read the layout");
	*n = (size_t)got;
	return 0;
}

/* Read a blob, or index.json if b is NULL. */
static int text_get(int packer, const struct blob *b, char **text, size_t *n)
{
	cleanup_fd int fd = b != NULL ? blob_open(packer, b) : blob_ask(packer, "index.json");
	*text = NULL;
	if (fd < 0 || text_read(fd, text, n) < 0)
		return -1;
	if (b == NULL)
		return 0;
	struct sha256_ctx hash;
	sha256_init(&hash);
	sha256_update(&hash, *n, (const uint8_t *)*text);
	return digest_check(&hash, b);
}

/* Follow the indexes down to a manifest, and read its layers. */
static int layers_find(int packer, struct layers *l)
{
	struct blob b = {.index = true};
	char *text;
	size_t n;
	int r = text_get(packer, NULL, &text, &n);
	for (int deep = 0; r == 0 && b.index; deep++) {
		r = deep < DEEP ? layout_index(text, n, &b)
				: err_set(EINVAL, "the layout has lists in lists in lists");
		free(text);
		text = NULL;
		if (r == 0)
			r = text_get(packer, &b, &text, &n);
	}
	if (r == 0)
		r = layout_manifest(text, n, l);
	free(text);
	return r;
}

static int layer_pass(int fd, const struct blob *b, enum unpack_how how)
{
	struct sha256_ctx hash;
	struct input s = {.fd = fd, .hash = &hash};
	sha256_init(&hash);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys("read a layer");
	struct archive *a = input_archive(&s);
	int r = a != NULL ? unpack(a, how) : -1;
	if (r == 0)
		r = input_drain(&s);
	r = input_close(&s, a, r);
	return r == 0 ? digest_check(&hash, b) : -1;
}

/* Unpack a layer. Its whiteouts are about the layers below, wherever in the layer they stand: so
 * they are applied first. */
static int layer_unpack(int packer, const struct blob *b, bool lowest)
{
	cleanup_fd int fd = blob_open(packer, b);
	if (fd < 0 || (!lowest && layer_pass(fd, b, UNPACK_WHITEOUTS) < 0))
		return -1;
	return layer_pass(fd, b, UNPACK_LAYER);
}

int oci_unpack(int packer)
{
	static struct layers l;
	if (layers_find(packer, &l) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++)
		report_total(l.at[i].size * (i > 0 ? 2 : 1));
	for (size_t i = 0; i < l.n; i++)
		if (layer_unpack(packer, &l.at[i], i == 0) < 0)
			return err_wrap("layer %zu of %zu", i + 1, l.n);
	return 0;
}
