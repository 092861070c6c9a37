#include "import/ova.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/word.h"
#include "import/convert.h"
#include "import/disk.h"
#include "import/input.h"
#include "import/manifest.h"
#include "import/ovf.h"
#include "import/report.h"

enum { OVF_MOST = 1 << 20, ROOM = 256 << 10 };

static bool ends_in_ovf(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && strcasecmp(name + n - 4, ".ovf") == 0;
}

/* In tar, also the names of makers may begin so. */
static const char *plain(const char *name)
{
	return strncmp(name, "./", 2) == 0 ? name + 2 : name;
}

bool ova_is(int fd)
{
	struct input s = {.fd = fd};
	struct archive_entry *e;
	struct archive *a = input_archive(&s);
	bool is = a != NULL && archive_read_next_header(a, &e) == ARCHIVE_OK &&
		  archive_entry_pathname(e) != NULL && ends_in_ovf(archive_entry_pathname(e));
	if (a != NULL)
		input_close(&s, a, 0);
	return lseek(fd, 0, SEEK_SET) == 0 && is;
}

/* What a whole entry says, of at most `most` bytes; the caller's. NULL: with the error */
static char *text_take(
    struct archive *a, struct archive_entry *e, const char *what, size_t most, size_t *n)
{
	la_int64_t size = archive_entry_size(e);
	if (size <= 0 || (uint64_t)size > most) {
		err_set(
		    EINVAL, "its %s has %lld bytes: give 1 to %zu", what, (long long)size, most);
		return NULL;
	}
	char *text = xcalloc(1, (size_t)size + 1);
	la_ssize_t got = archive_read_data(a, text, (size_t)size);
	*n = (size_t)got;
	if (got >= 0)
		return text;
	archive_refusal(a, EINVAL);
	free(text);
	return NULL;
}

static int ovf_take(struct archive *a, struct ovf *o)
{
	struct archive_entry *e;
	struct digests d;
	size_t n = 0;
	if (archive_read_next_header(a, &e) != ARCHIVE_OK)
		return archive_refusal(a, EINVAL);
	char *xml = text_take(a, e, "OVF", OVF_MOST, &n);
	if (xml == NULL)
		return -1;
	digests_begin(&d);
	digests_add(&d, xml, n);
	int r = ovf_read(xml, n, o) < 0 ? -1 : manifest_note(plain(archive_entry_pathname(e)), &d);
	free(xml);
	return r;
}

/* It may tell of itself, which can't be true. */
static int manifest_read(struct archive *a, struct archive_entry *e)
{
	size_t n = 0;
	char *text = text_take(a, e, "manifest", MANIFEST_MOST, &n);
	if (text != NULL)
		manifest_take(text);
	free(text);
	return text != NULL ? 0 : -1;
}

/* The next byte of a URI, in which %20 is a blank. */
static char uri_next(const char **uri)
{
	const char *at = *uri;
	char hex[3] = "";
	bool coded =
	    at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
	*uri += coded ? 3 : 1;
	return coded ? (char)strtoul(memcpy(hex, at + 1, 2), NULL, 16) : at[0];
}

/* Does the OVF name this entry, by a URI or, as some makers do, by the name as it is? */
static bool is_named(struct archive_entry *e, const char *uri)
{
	const char *name = archive_entry_pathname(e);
	if (name == NULL)
		return false;
	name = plain(name);
	uri = plain(uri);
	if (strcmp(name, uri) == 0)
		return true;
	while (*uri != '\0' && *name != '\0')
		if (uri_next(&uri) != *name++)
			return false;
	return *uri == *name;
}

/* to: -1, nobody needs it */
static int file_read(struct archive *a, struct archive_entry *e, int to)
{
	static char bytes[ROOM];
	struct digests d;
	la_ssize_t n;
	digests_begin(&d);
	while ((n = archive_read_data(a, bytes, sizeof(bytes))) > 0) {
		digests_add(&d, bytes, (size_t)n);
		if (to >= 0 && fd_write_all(to, bytes, (size_t)n) < 0)
			return err_sys("unpack its disk");
	}
	return n < 0 ? archive_refusal(a, EINVAL)
		     : manifest_note(plain(archive_entry_pathname(e)), &d);
}

static int disk_read(struct archive *a, struct archive_entry *e, const char *name, int to)
{
	char q[200];
	if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) != NULL)
		return err_set(
		    EINVAL, "its disk \"%s\" is no file", word_quote(name, q, sizeof(q)));
	if (file_read(a, e, to) < 0)
		return -1;
	report.bytes += (uint64_t)lseek(to, 0, SEEK_END);
	return 0;
}

static int entry_read(
    struct archive *a, struct archive_entry *e, const char *disk, int to, bool *found)
{
	const char *name = archive_entry_pathname(e);
	if (!*found && is_named(e, disk)) {
		*found = true;
		return disk_read(a, e, disk, to);
	}
	if (name == NULL || archive_entry_filetype(e) != AE_IFREG)
		return 0;
	return manifest_is(name) ? manifest_read(a, e) : file_read(a, e, -1);
}

/* All that comes behind the OVF: the manifest may be last. */
static int files_read(struct archive *a, const char *disk, int to)
{
	char q[200];
	struct archive_entry *e;
	bool found = false;
	int r;
	while ((r = archive_read_next_header(a, &e)) == ARCHIVE_OK)
		if (entry_read(a, e, disk, to, &found) < 0)
			return -1;
	if (r != ARCHIVE_EOF)
		return archive_refusal(a, EINVAL);
	if (!found)
		return err_set(EINVAL, "its OVF names the disk \"%s\", which is not in it",
		    word_quote(disk, q, sizeof(q)));
	return manifest_check();
}

/* -1, or the disk as it came, in CONVERT_FROM */
static int disk_unpack(int fd, struct ovf *o)
{
	struct input s = {.fd = fd};
	struct archive *a = input_archive(&s);
	if (a == NULL)
		return -1;
	cleanup_fd int to = open(CONVERT_FROM, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = to < 0 ? err_sys("make the disk") : ovf_take(a, o);
	if (r == 0)
		r = files_read(a, o->disk, to);
	return input_close(&s, a, r) < 0 ? -1 : fcntl(to, F_DUPFD_CLOEXEC, 0);
}

int ova_take(int fd)
{
	struct ovf o;
	off_t size = input_size(fd);
	report_total(size > 0 ? (uint64_t)size : 0); /* its disk is read twice */
	cleanup_fd int disk = disk_unpack(fd, &o);
	if (disk < 0)
		return -1;
	report.machine = o.machine;
	return disk_take_source(disk);
}

bool ova_was(void)
{
	glob_t found;
	bool was = glob("*.[oO][vV][fF]", 0, NULL, &found) == 0;
	if (was)
		globfree(&found);
	return was;
}
