#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "vm/vm.h"

static const char wanted[] = "give path=FILE or image=NAME, format=raw|qcow2 "
			     "bus=virtio|sata|ide|nvme readonly=on|off size=N, or none";

static int one_of(const char *key, const char *value, const char *const *words, const char **to)
{
	char q[64];
	for (; *words != NULL; words++)
		if (strcmp(*words, value) == 0) {
			*to = *words;
			return 0;
		}
	return err_set(
	    EINVAL, "%s=%s is unknown: %s", key, word_quote(value, q, sizeof(q)), wanted);
}

/* Each property once. */
static int once(char **words, int i)
{
	char q[64];
	for (int j = 0; j < i; j++)
		if (strcmp(words[j], words[i]) == 0)
			return err_set(EINVAL, "%s= is there twice: %s",
			    word_quote(words[i], q, sizeof(q)), wanted);
	return 0;
}

static int take_size(struct disk *d, const char *value)
{
	if (word_size(value, wanted, &d->size) < 0)
		return -1;
	if (d->size == 0 || d->size > UINT64_C(1) << 50)
		return err_set(ERANGE, "size= is outside the limits: give 1 to 1024T");
	return 0;
}

static int take_pair(struct disk *d, const char *key, char *value)
{
	static const char *const formats[] = {"raw", "qcow2", NULL};
	static const char *const buses[] = {"virtio", "sata", "ide", "nvme", NULL};
	static const char *const switches[] = {"off", "on", NULL};
	char q[64];
	if (strcmp(key, "path") == 0) {
		d->path = value;
		return 0;
	}
	if (strcmp(key, "image") == 0) {
		d->image = value;
		return 0;
	}
	if (strcmp(key, "format") == 0)
		return one_of(key, value, formats, &d->format);
	if (strcmp(key, "bus") == 0)
		return one_of(key, value, buses, &d->bus);
	if (strcmp(key, "size") == 0)
		return take_size(d, value);
	if (strcmp(key, "readonly") == 0) {
		const char *word;
		if (one_of(key, value, switches, &word) < 0)
			return -1;
		d->readonly = strcmp(word, "on") == 0;
		return 0;
	}
	return err_set(EINVAL, "\"%s\" is not a property of a disk: %s",
	    word_quote(key, q, sizeof(q)), wanted);
}

/* What an image knows by itself. */
static int image_fits(const struct disk *d)
{
	if (d->path != NULL)
		return err_set(EINVAL, "path= and image= are both there: %s", wanted);
	if (d->format != NULL || d->size != 0)
		return err_set(
		    EINVAL, "an image has its own format and size: give image=NAME alone");
	return 0;
}

int disk_parse(char *text, struct disk *d)
{
	char *words[16], q[64];
	int n = word_split(text, words, 16);
	*d = (struct disk){.bus = "virtio"};
	for (int i = 0; i < n; i++) {
		char *value = words[i], *key = strsep(&value, "=");
		if (value == NULL || *value == '\0')
			return err_set(EINVAL, "\"%s\" is no KEY=VALUE: %s",
			    word_quote(key, q, sizeof(q)), wanted);
		if (once(words, i) < 0 || take_pair(d, key, value) < 0)
			return -1;
	}
	if (n < 0)
		return -1;
	if (d->image != NULL)
		return image_fits(d);
	if (d->format == NULL)
		d->format = "raw";
	if (d->path == NULL || d->path[0] != '/' || strlen(d->path) >= PATH_MAX)
		return err_set(EINVAL, "it has no path= that begins with /: %s", wanted);
	if (d->size != 0 && strcmp(d->format, "raw") != 0)
		return err_set(
		    EOPNOTSUPP, "size= makes raw files only: make this one with qemu-img create");
	return 0;
}

int disk_check(struct obj *o, const struct row *r)
{
	struct vm *vm = vm_of(zone_of(o));
	struct disk d;
	(void)r;
	images_used();
	if (proof_begin(&vm->disk0_proof) < 0)
		return -1;
	if (vm->disk0.s == NULL)
		return 0;
	char *copy = xstrdup(vm->disk0.s);
	int result = disk_parse(copy, &d);
	if (result == 0 && d.image != NULL &&
	    image_for(d.image, IMAGE_DISK, &vm->disk0_proof.author) == NULL)
		result = -1;
	free(copy);
	return result;
}

int disk_paths(struct zone *z, struct helper_proof *to)
{
	struct vm *vm = vm_of(z);
	struct disk d = {0};
	char *copy = xstrdup(vm->disk0.s != NULL ? vm->disk0.s : "");
	int n = vm->disk0.s == NULL ? 0 : disk_parse(copy, &d);
	if (n == 0 && d.path != NULL) {
		to->file.use = d.readonly ? USE_DISK_READ : USE_DISK_WRITE;
		to->file.size = d.size;
		memccpy(to->file.path, d.path, '\0', sizeof(to->file.path) - 1);
		n = 1;
	}
	free(copy);
	return n;
}

bool disk_image(struct zone *z, char name[NAME_LEN + 1])
{
	struct vm *vm = vm_of(z);
	struct disk d;
	char *copy = xstrdup(vm->disk0.s != NULL ? vm->disk0.s : "");
	bool there = vm->disk0.s != NULL && disk_parse(copy, &d) == 0 && d.image != NULL;
	if (there)
		snprintf(name, NAME_LEN + 1, "%s", d.image);
	free(copy);
	return there;
}
