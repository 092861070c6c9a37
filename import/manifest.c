#include "import/manifest.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

enum { FILES = 64, HEX = 2 * SHA512_DIGEST_SIZE + 1, QUOTED = 200 };

/* The words of DMTF, and those of OpenSSL 3, by which some make a manifest. */
static const struct {
	const char *word;
	enum algorithm algorithm;
} words[] = {{"SHA1", SHA1}, {"SHA256", SHA256}, {"SHA2-256", SHA256}, {"SHA512", SHA512},
    {"SHA2-512", SHA512}};

static struct noted {
	char *name; /* owned */
	char hex[ALGORITHMS][HEX]; /* "": not computed */
} files[FILES];
static unsigned nfiles;
static char *manifest; /* owned; NULL: none has come */

/* ---- a file ---- */

void digests_begin(struct digests *d)
{
	memset(d->wanted, 0, sizeof(d->wanted));
	for (size_t i = 0; i < NELEM(words); i++)
		if (manifest == NULL || strcasestr(manifest, words[i].word) != NULL)
			d->wanted[words[i].algorithm] = true;
	sha1_init(&d->sha1);
	sha256_init(&d->sha256);
	sha512_init(&d->sha512);
}

void digests_add(struct digests *d, const void *bytes, size_t n)
{
	if (d->wanted[SHA1])
		sha1_update(&d->sha1, n, bytes);
	if (d->wanted[SHA256])
		sha256_update(&d->sha256, n, bytes);
	if (d->wanted[SHA512])
		sha512_update(&d->sha512, n, bytes);
}

static void hex_write(const uint8_t *digest, size_t n, char to[HEX])
{
	for (size_t i = 0; i < n; i++)
		snprintf(to + 2 * i, 3, "%02x", digest[i]);
}

int manifest_note(const char *name, struct digests *d)
{
	uint8_t digest[SHA512_DIGEST_SIZE];
	if (nfiles == FILES)
		return err_set(EINVAL, "it holds more than %d files", FILES);
	struct noted *f = &files[nfiles++];
	f->name = xstrdup(name);
	sha1_digest(&d->sha1, SHA1_DIGEST_SIZE, digest);
	if (d->wanted[SHA1])
		hex_write(digest, SHA1_DIGEST_SIZE, f->hex[SHA1]);
	sha256_digest(&d->sha256, SHA256_DIGEST_SIZE, digest);
	if (d->wanted[SHA256])
		hex_write(digest, SHA256_DIGEST_SIZE, f->hex[SHA256]);
	sha512_digest(&d->sha512, SHA512_DIGEST_SIZE, digest);
	if (d->wanted[SHA512])
		hex_write(digest, SHA512_DIGEST_SIZE, f->hex[SHA512]);
	return 0;
}

/* ---- the manifest ---- */

bool manifest_is(const char *name)
{
	size_t n = strlen(name);
	return n > 3 && strcasecmp(name + n - 3, ".mf") == 0;
}

void manifest_take(const char *text)
{
	free(manifest);
	manifest = xstrdup(text);
}

/* NULL: none of them */
static const char *algorithm_find(const char *word, enum algorithm *a)
{
	for (size_t i = 0; i < NELEM(words); i++) {
		*a = words[i].algorithm;
		if (strcasecmp(word, words[i].word) == 0)
			return words[i].word;
	}
	return NULL;
}

static char *blanks_cut(char *text)
{
	text += strspn(text, " \t");
	size_t n = strlen(text);
	while (n > 0 && strchr(" \t\r", text[n - 1]) != NULL)
		text[--n] = '\0';
	return text;
}

/* Of "SHA256(web.vmdk)= 1f2e...": what it tells of a file that is there has to be true. Blanks may
 * be anywhere, and other lines tell nothing. */
static int line_check(char *line)
{
	char q[QUOTED], *open = strchr(line, '('), *close = strrchr(line, ')');
	char *equals = close != NULL ? strchr(close, '=') : NULL;
	enum algorithm a;
	if (open == NULL || equals == NULL || close < open)
		return 0;
	*open = *close = '\0';
	const char *word = algorithm_find(blanks_cut(line), &a), *name = open + 1,
		   *hex = blanks_cut(equals + 1);
	for (unsigned i = 0; word != NULL && i < nfiles; i++)
		if (strcmp(files[i].name, name) == 0 && strcasecmp(files[i].hex[a], hex) != 0)
			return err_set(EINVAL,
			    "its file \"%s\" is not what its manifest says, by %s: copy the OVA "
			    "again",
			    word_quote(name, q, sizeof(q)), word);
	return 0;
}

int manifest_check(void)
{
	char *rest = manifest;
	int r = 0;
	for (char *line; r == 0 && (line = word_line(&rest)) != NULL;)
		r = line_check(line);
	return r;
}
