#include "import/manifest.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/word.h"

enum { FILES = 64, HEX = 2 * SHA512_DIGEST_SIZE + 1, QUOTED = 200 };

static const char *const algorithms[] = {[SHA1] = "SHA1", [SHA256] = "SHA256", [SHA512] = "SHA512"};

static struct noted {
	char *name; /* owned */
	char hex[ALGORITHMS][HEX]; /* "": not computed */
} files[FILES];
static unsigned nfiles;
static char *manifest; /* owned; NULL: none has come */

/* ---- a file ---- */

void digests_begin(struct digests *d)
{
	for (int a = 0; a < ALGORITHMS; a++)
		d->wanted[a] = manifest == NULL || strcasestr(manifest, algorithms[a]) != NULL;
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

/* Take "SHA256(web.vmdk)= 1f2e..." apart. False: it is no such line, or by another algorithm. */
static bool line_split(char *line, enum algorithm *a, char **name, char **hex)
{
	char *open = strchr(line, '('), *close = strrchr(line, ')');
	if (open == NULL || close == NULL || close < open || close[1] != '=')
		return false;
	*open = *close = '\0';
	*name = open + 1;
	*hex = close + 2 + strspn(close + 2, " \t");
	(*hex)[strcspn(*hex, " \t\r")] = '\0';
	for (int i = 0; i < ALGORITHMS; i++) {
		*a = i;
		if (strcasecmp(line, algorithms[i]) == 0)
			return true;
	}
	return false;
}

static int line_check(enum algorithm a, const char *name, const char *hex)
{
	char q[QUOTED];
	for (unsigned i = 0; i < nfiles; i++)
		if (strcmp(files[i].name, name) == 0 && strcasecmp(files[i].hex[a], hex) != 0)
			return err_set(EINVAL,
			    "its file \"%s\" is not what its manifest says, by %s: copy the OVA "
			    "again",
			    word_quote(name, q, sizeof(q)), algorithms[a]);
	return 0;
}

int manifest_check(void)
{
	char *rest = manifest, *name, *hex;
	enum algorithm a;
	int r = 0;
	for (char *line; r == 0 && (line = word_line(&rest)) != NULL;)
		if (line_split(line, &a, &name, &hex))
			r = line_check(a, name, hex);
	return r;
}
