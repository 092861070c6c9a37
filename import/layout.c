#include "import/layout.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"

#define SHA256 "sha256:"

static json_t *parse(const char *text, size_t n, const char *what)
{
	json_error_t e;
	char q[128];
	json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
	if (j == NULL)
		err_set(EINVAL, "the %s is no JSON: %s", what, word_quote(e.text, q, sizeof(q)));
	return j;
}

static int blob_read(const json_t *j, struct blob *b)
{
	const char *digest = json_string_value(json_object_get(j, "digest"));
	const char *type = json_string_value(json_object_get(j, "mediaType"));
	json_int_t size = json_integer_value(json_object_get(j, "size"));
	char q[96];
	if (digest == NULL)
		return err_set(EINVAL, "the layout names a blob without a digest");
	if (strncmp(digest, SHA256, sizeof(SHA256) - 1) != 0 ||
	    strlen(digest) != sizeof(SHA256) - 1 + HEX ||
	    strspn(digest + sizeof(SHA256) - 1, "0123456789abcdef") != HEX)
		return err_set(
		    EINVAL, "%s is no digest by sha256", word_quote(digest, q, sizeof(q)));
	if (size < 0)
		return err_set(EINVAL, "the layout names a blob of less than nothing");
	memcpy(b->hex, digest + sizeof(SHA256) - 1, HEX + 1);
	b->size = (uint64_t)size;
	b->index = type != NULL &&
		   (strstr(type, "image.index") != NULL || strstr(type, "manifest.list") != NULL);
	return 0;
}

/* The name that OCI (Go) has for this machine. */
static const char *machine_name(void)
{
	static const char *const names[][2] = {{"x86_64", "amd64"}, {"aarch64", "arm64"},
	    {"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"}};
	static struct utsname u;
	uname(&u);
	for (size_t i = 0; i < NELEM(names); i++)
		if (strcmp(u.machine, names[i][0]) == 0)
			return names[i][1];
	return u.machine;
}

/* Nothing said is fit. */
static bool fits_here(const json_t *j)
{
	const json_t *p = json_object_get(j, "platform");
	const char *os = json_string_value(json_object_get(p, "os"));
	const char *arch = json_string_value(json_object_get(p, "architecture"));
	return (os == NULL || strcmp(os, "linux") == 0) &&
	       (arch == NULL || strcmp(arch, machine_name()) == 0);
}

static int manifest_choose(const json_t *list, struct blob *manifest)
{
	const json_t *found = NULL;
	size_t fit = 0;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (fits_here(json_array_get(list, i))) {
			found = json_array_get(list, i);
			fit++;
		}
	if (fit == 0)
		return err_set(EINVAL, "the layout has no image for linux on %s", machine_name());
	if (fit > 1)
		return err_set(EINVAL,
		    "the layout has %zu images for this machine: copy the one that is wanted "
		    "into a layout of its own",
		    fit);
	return blob_read(found, manifest);
}

int layout_index(const char *text, size_t n, struct blob *manifest)
{
	json_t *j = parse(text, n, "index");
	int r = j != NULL ? manifest_choose(json_object_get(j, "manifests"), manifest) : -1;
	json_decref(j);
	return r;
}

static int layers_read(const json_t *list, struct layers *l)
{
	l->n = json_array_size(list);
	if (l->n == 0)
		return err_set(EINVAL, "the manifest has no layers");
	if (l->n > LAYERS_MAX)
		return err_set(EINVAL, "the manifest has more than %d layers", LAYERS_MAX);
	for (size_t i = 0; i < l->n; i++)
		if (blob_read(json_array_get(list, i), &l->at[i]) < 0)
			return -1;
	return 0;
}

int layout_manifest(const char *text, size_t n, struct layers *l)
{
	json_t *j = parse(text, n, "manifest");
	int r = j != NULL ? layers_read(json_object_get(j, "layers"), l) : -1;
	json_decref(j);
	return r;
}
