#include "mount-helper/proof/message.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/hostdevice.h"
#include "base/hostpath.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/word.h"

enum { WORDS = 16 };

/* Parses a line of a file. False: it is malformed. *named: it gives f's path. */
typedef bool line(char *text, const struct helper_file *f, bool *named);

static void path_compare(const struct helper_file *f, const char *path, uint32_t use, bool *named)
{
	*named = *named || (f->use == use && f->size == 0 && strcmp(f->path, path) == 0);
}

/* SOURCE TARGET ro|rw [owner=zone], or tmpfs and what is not of the host's */
static bool line_mount(char *text, const struct helper_file *f, bool *named)
{
	char *w[WORDS];
	int n = hostpath_words(text, w, WORDS);
	if (n >= 2 && strcmp(w[0], "tmpfs") == 0)
		return true;
	if (n < 3 || n > 4 || hostpath_parse(w[0], "") < 0)
		return false;
	bool reads = strcmp(w[2], "ro") == 0, own = n == 4 && strcmp(w[3], "owner=zone") == 0;
	if ((!reads && strcmp(w[2], "rw") != 0) || (n == 4 && (reads || !own)))
		return false;
	path_compare(f, w[0],
	    reads ? USE_MOUNT_READ
	    : own ? USE_MOUNT_OWN
		  : USE_MOUNT_WRITE,
	    named);
	return true;
}

/* PATH r|w|rw */
static bool line_device(char *text, const struct helper_file *f, bool *named)
{
	static const char *const rights[] = {"r", "w", "rw"};
	char *w[WORDS];
	uint32_t i = 0;
	if (hostpath_words(text, w, WORDS) != 2 || hostpath_parse(w[0], "") < 0)
		return false;
	while (i < NELEM(rights) && strcmp(w[1], rights[i]) != 0)
		i++;
	path_compare(f, w[0], USE_DEVICE_READ + i, named);
	return i < NELEM(rights);
}

/* usb=VENDOR:PRODUCT, usb=BUS-PORT or pci=ADDRESS: the whole of it stands for a path */
static bool line_hostdevice(char *text, const struct helper_file *f, bool *named)
{
	struct hostdevice d;
	if (hostdevice_parse(text, &d, "") < 0)
		return false;
	path_compare(f, text, d.kind == HOSTDEVICE_PCI ? USE_PCI : USE_USB, named);
	return true;
}

static bool line_path(char *text, const struct helper_file *f, bool *named)
{
	path_compare(f, text, f->use, named);
	return text[0] == '/';
}

/* path=PATH among KEY=VALUE */
static bool line_disk(char *text, const struct helper_file *f, bool *named)
{
	char *w[WORDS];
	const char *path = "";
	uint32_t use = USE_DISK_WRITE;
	uint64_t size = 0;
	if (strcmp(text, "none") == 0) /* of another disk, in config */
		return true;
	int n = word_split(text, w, WORDS);
	for (int i = 0; i < n; i++) {
		char *value = w[i], *key = strsep(&value, "=");
		if (value == NULL || (strcmp(key, "size") == 0 && word_size(value, "", &size) < 0))
			return false;
		if (strcmp(key, "path") == 0)
			path = value;
		if (strcmp(key, "readonly") == 0 && strcmp(value, "on") == 0)
			use = USE_DISK_READ;
	}
	*named = *named || (f->use == use && f->size == size && strcmp(f->path, path) == 0);
	return n > 0;
}

static bool line_cdrom(char *text, const struct helper_file *f, bool *named)
{
	return strcmp(text, "none") == 0 || line_path(text, f, named);
}

static bool line_import(char *text, const struct helper_file *f, bool *named)
{
	char *w[WORDS];
	if (word_split(text, w, WORDS) != 2 || strcmp(w[0], "import") != 0)
		return false;
	path_compare(f, w[1], USE_IMPORT, named);
	return true;
}

static const struct form {
	const char *file;
	uint32_t first, last; /* uses */
	line *line;
	unsigned most; /* lines */
	bool setting; /* a line of config can be one, too */
	unsigned files; /* FILE0, FILE1 and so on; 0: FILE itself */
	bool plain; /* the first of them is called FILE */
} forms[] = {
    {"mounts", USE_MOUNT_READ, USE_MOUNT_WRITE, line_mount, UINT_MAX, true, 0, false},
    {"mounts", USE_MOUNT_OWN, USE_MOUNT_OWN, line_mount, UINT_MAX, true, 0, false},
    {"devices", USE_DEVICE_READ, USE_DEVICE_BOTH, line_device, UINT_MAX, true, 0, false},
    {"devices", USE_USB, USE_PCI, line_hostdevice, UINT_MAX, true, 0, false},
    {"kernel", USE_KERNEL, USE_KERNEL, line_path, 1, true, 0, false},
    {"initrd", USE_INITRD, USE_INITRD, line_path, 1, true, 0, false},
    {"disk", USE_DISK_READ, USE_DISK_WRITE, line_disk, 1, true, VM_DISKS, false},
    {"cdrom", USE_CDROM, USE_CDROM, line_cdrom, 1, true, VM_CDROMS, true},
    {"ctl", USE_IMPORT, USE_IMPORT, line_import, 1, false, 0, false},
};

static bool form_is_of(const struct form *form, const char *file)
{
	size_t n = strlen(form->file);
	if (strcmp(file, form->file) == 0)
		return form->files == 0 || form->plain;
	return strncmp(file, form->file, n) == 0 && file[n] >= (form->plain ? '1' : '0') &&
	       (unsigned)(file[n] - '0') < form->files && file[n + 1] == '\0';
}

/* The value in FILE=VALUE, "" where FILE is another; NULL: it is none. */
static char *config_value(char *text, const struct form *form)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._");
	if (n == 0 || text[n] != '=')
		return NULL;
	text[n++] = '\0';
	return form_is_of(form, text) ? text + n : text + strlen(text);
}

static bool lines_name(
    char *text, const struct helper_file *f, const struct form *form, bool config)
{
	unsigned lines = 0, most = config && form->files != 0 ? form->files : form->most;
	bool named = false;
	for (char *l; (l = word_line(&text)) != NULL;) {
		l = word_trim(l);
		if (*l == '\0' || *l == '#')
			continue;
		if (config && (l = config_value(l, form)) == NULL)
			return false;
		if (*l == '\0')
			continue;
		if (++lines > most || !form->line(l, f, &named))
			return false;
	}
	return named;
}

bool message_names(const char *file, const char *text, size_t n, const struct helper_file *f)
{
	const struct form *form = forms;
	while (form < forms + NELEM(forms) && (f->use < form->first || f->use > form->last))
		form++;
	bool config = strcmp(file, "config") == 0;
	if (form == forms + NELEM(forms) || memchr(text, '\0', n) != NULL ||
	    (config ? !form->setting : !form_is_of(form, file)))
		return false;
	char *copy = xstrndup(text, n);
	bool named = lines_name(copy, f, form, config);
	free(copy);
	return named;
}
