/* Unpacking an archive into the working directory, which is our root. Whatever the archive says,
 * nothing is written outside the root, and nothing through a symbolic link that name.c has not
 * followed. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/word.h"
#include "import/acl.h"
#include "import/input.h"
#include "import/name.h"
#include "import/owner.h"
#include "import/unpack.h"
#include "import/report.h"
#include "import/whiteout.h"
#include "protocol/ids.h"

enum {
	HOW = ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
	      ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
	      ARCHIVE_EXTRACT_SECURE_NODOTDOT
};
enum { FILES_MAX = 10000000 }; /* more than any distribution has */

static int entry_refuse(const char *name, int code, const char *why)
{
	char q[200];
	return err_set(code, "\"%s\" %s", word_quote(name, q, sizeof(q)), why);
}

/* ---- attributes ---- */

struct xattr {
	char *name;
	void *value;
	size_t size;
};

enum { XATTRS = 64, CAPS_V2 = 20, CAPS_V3 = 24, CAPS_REVISION = 3 };

/* Make file capabilities those of the image's root, whoever's root set them. The structure is the
 * kernel's (linux/capability.h): the revision in the fourth byte, and in revision 2 the root's uid
 * behind that. */
static void caps_fit(struct xattr *x)
{
	unsigned char *bytes = x->value;
	if (strcmp(x->name, "security.capability") != 0 || x->size != CAPS_V3 ||
	    bytes[CAPS_REVISION] != 3)
		return;
	bytes[CAPS_REVISION] = 2;
	x->size = CAPS_V2;
}

/* Does this attribute stay? Those that a user namespace may set do; the rest belongs to the system
 * that they were taken from. */
static bool xattr_stays(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0;
}

static int xattrs_fit(struct archive_entry *e)
{
	struct xattr kept[XATTRS];
	const char *name;
	const void *value;
	size_t size;
	int n = 0;
	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
		if (acl_parse(e, name, value, size))
			continue;
		if (!xattr_stays(name)) {
			report.attributes++;
			continue;
		}
		if (n == XATTRS)
			return entry_refuse(archive_entry_pathname(e), E2BIG,
			    "has more than 64 extended attributes");
		kept[n] = (struct xattr){strdup(name), malloc(size + 1), size};
		memcpy(kept[n].value, value, size);
		caps_fit(&kept[n++]);
	}
	archive_entry_xattr_clear(e);
	while (n-- > 0) {
		archive_entry_xattr_add_entry(e, kept[n].name, kept[n].value, kept[n].size);
		free(kept[n].name);
		free(kept[n].value);
	}
	return 0;
}

/* ---- entries ---- */

/* 1: it is left out, and counted. */
static int kind_check(struct archive_entry *e)
{
	if (archive_entry_hardlink(e) != NULL)
		return 0;
	switch (archive_entry_filetype(e)) {
	case AE_IFCHR:
	case AE_IFBLK: /* a zone has a /dev of its own, and could open no other device */
		report.devices++;
		return 1;
	case AE_IFSOCK:
		report.sockets++;
		return 1;
	case AE_IFREG:
	case AE_IFDIR:
	case AE_IFLNK:
	case AE_IFIFO:
		return 0;
	default:
		return entry_refuse(archive_entry_pathname(e), EINVAL, "is of an unknown kind");
	}
}

/* Remove a directory, with all in it, if the layer puts something else in its place. */
static int make_room(struct archive_entry *e)
{
	struct stat st;
	const char *name = archive_entry_pathname(e), *slash = strrchr(name, '/');
	if (archive_entry_filetype(e) == AE_IFDIR || lstat(name, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	struct buf mark = {0};
	size_t dir = slash != NULL ? (size_t)(slash + 1 - name) : 0;
	buf_add(&mark, name, dir);
	buf_printf(&mark, ".wh.%s", name + dir);
	int r = whiteout_apply(buf_text(&mark));
	buf_finish(&mark);
	return r;
}

/* 1: nothing is to be done with it. */
static int entry_fit(struct archive_entry *e, enum unpack_how how)
{
	if (how != UNPACK_WHITEOUTS && ++report.files > FILES_MAX)
		return err_set(ENOSPC, "there are more than %d files in it", FILES_MAX);
	if (names_fit(e) < 0)
		return -1;
	bool out = how != UNPACK_ALL && whiteout_is(archive_entry_pathname(e));
	if (how == UNPACK_WHITEOUTS)
		return out && whiteout_apply(archive_entry_pathname(e)) < 0 ? -1 : 1;
	if (out)
		return 1;
	int left_out = kind_check(e);
	if (left_out != 0)
		return left_out;
	if (xattrs_fit(e) < 0)
		return -1;
	if (owner_check(e) != 0)
		return 1;
	return how == UNPACK_LAYER ? make_room(e) : 0;
}

/* 1: it was the last entry, as the archive ends with its file. umoci-insert(1) makes such layers;
 * the digest proves that they are complete. */
static int data_copy(struct archive *from, struct archive *to, la_int64_t size, enum unpack_how how)
{
	const void *bytes;
	size_t n;
	la_int64_t at, end = 0;
	int r;
	while ((r = archive_read_data_block(from, &bytes, &n, &at)) == ARCHIVE_OK) {
		if (archive_write_data_block(to, bytes, n, at) < ARCHIVE_OK)
			return archive_refusal(to, EIO);
		report.bytes += n;
		end = at + (la_int64_t)n;
	}
	if (r == ARCHIVE_EOF)
		return 0;
	return how == UNPACK_LAYER && end == size ? 1 : archive_refusal(from, EINVAL);
}

/* 1: there are no more. */
static int entry_write(
    struct archive *from, struct archive *to, struct archive_entry *e, enum unpack_how how)
{
	la_int64_t size = archive_entry_size(e);
	int r = archive_write_header(to, e) < ARCHIVE_OK ? archive_refusal(to, EINVAL) : 0;
	if (r == 0 && size > 0)
		r = data_copy(from, to, size, how);
	if (r >= 0 && archive_write_finish_entry(to) < ARCHIVE_OK)
		r = archive_refusal(to, EIO);
	if (r >= 0)
		return r;
	char q[200];
	return err_wrap("\"%s\"", word_quote(archive_entry_pathname(e), q, sizeof(q)));
}

static int entries_write(struct archive *from, struct archive *to, enum unpack_how how)
{
	struct archive_entry *e;
	int r;
	while ((r = archive_read_next_header(from, &e)) == ARCHIVE_OK) {
		int fit = entry_fit(e, how);
		int last = fit == 0 ? entry_write(from, to, e, how) : 0;
		if (fit < 0 || last != 0)
			return fit < 0 || last < 0 ? -1 : 0;
	}
	/* errors in a layer are reported when its files are written */
	if (r != ARCHIVE_EOF && how != UNPACK_WHITEOUTS)
		return archive_refusal(from, EINVAL);
	return owners_end();
}

int unpack(struct archive *from, enum unpack_how how)
{
	struct archive *to = archive_write_disk_new();
	if (to == NULL || archive_write_disk_set_options(to, HOW) != ARCHIVE_OK)
		return err_set(ENOMEM, "no memory to unpack with");
	int r = entries_write(from, to, how);
	/* this sets modes and times of directories */
	if (archive_write_close(to) < ARCHIVE_OK && r == 0)
		r = archive_refusal(to, EIO);
	archive_write_free(to);
	return r;
}
