/* Access control lists, acl(5). libarchive knows those that an archive has as text (tar --acls). It
 * would leave out those that are in the kernel's own attributes (tar --xattrs), so they are parsed
 * here and given to it entry by entry. */
#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/list.h"
#include "base/word.h"
#include "import/acl.h"
#include "protocol/ids.h"

/* The attribute as linux/posix_acl_xattr.h has it, little-endian. */
struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};
enum { ACL_VERSION = 2, ENTRIES = 1024, PERMS = 7 };

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 16, OTHER = 32 };

static const struct {
	uint16_t tag;
	int libs; /* libarchive's name for it */
} tags[] = {
    {USER_OBJ, ARCHIVE_ENTRY_ACL_USER_OBJ},
    {USER, ARCHIVE_ENTRY_ACL_USER},
    {GROUP_OBJ, ARCHIVE_ENTRY_ACL_GROUP_OBJ},
    {GROUP, ARCHIVE_ENTRY_ACL_GROUP},
    {MASK, ARCHIVE_ENTRY_ACL_MASK},
    {OTHER, ARCHIVE_ENTRY_ACL_OTHER},
};

/* libarchive's name, or 0: there is no such tag */
static int tag_of(const struct acl_entry *a)
{
	for (size_t i = 0; i < NELEM(tags); i++)
		if (tags[i].tag == le16toh(a->tag))
			return tags[i].libs;
	return 0;
}

/* Would the kernel take this list? Tags ascend; only users and groups may occur more than once, and
 * need a mask. */
static bool is_whole(const struct acl_entry *a, size_t n)
{
	const unsigned needed = USER_OBJ | GROUP_OBJ | OTHER, many = USER | GROUP;
	unsigned seen = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned tag = le16toh(a[i].tag);
		if (tag_of(&a[i]) == 0 || le16toh(a[i].perm) > PERMS || seen >= 2 * tag)
			return false;
		if ((seen & tag & ~many) != 0)
			return false;
		seen |= tag;
	}
	return (seen & needed) == needed && ((seen & many) == 0 || (seen & MASK) != 0);
}

/* Find the entries after the version. -1: these bytes are no list */
static int entries_of(const void *value, size_t size, struct acl_entry list[ENTRIES])
{
	uint32_t version;
	if (size < sizeof(version) || (size - sizeof(version)) % sizeof(*list) != 0)
		return -1;
	size_t n = (size - sizeof(version)) / sizeof(*list);
	memcpy(&version, value, sizeof(version));
	if (le32toh(version) != ACL_VERSION || n > ENTRIES)
		return -1;
	memcpy(list, (const char *)value + sizeof(version), n * sizeof(*list));
	return is_whole(list, n) ? (int)n : -1;
}

static int type_of(const char *name)
{
	if (strcmp(name, "system.posix_acl_access") == 0)
		return ARCHIVE_ENTRY_ACL_TYPE_ACCESS;
	return strcmp(name, "system.posix_acl_default") == 0 ? ARCHIVE_ENTRY_ACL_TYPE_DEFAULT : 0;
}

bool acl_parse(struct archive_entry *e, const char *name, const void *value, size_t size)
{
	static struct acl_entry list[ENTRIES];
	int type = type_of(name), n = type != 0 ? entries_of(value, size, list) : -1;
	bool is_dir = archive_entry_filetype(e) == AE_IFDIR;
	if (n < 0 || (type == ARCHIVE_ENTRY_ACL_TYPE_DEFAULT && !is_dir) ||
	    archive_entry_filetype(e) == AE_IFLNK)
		return false;
	if ((archive_entry_acl_types(e) & type) != 0)
		return true; /* as text, too */
	for (int i = 0; i < n; i++)
		archive_entry_acl_add_entry(e, type, le16toh(list[i].perm), tag_of(&list[i]),
		    (int)le32toh(list[i].id), NULL);
	return true;
}

int64_t acl_stranger(struct archive_entry *e)
{
	const int both = ARCHIVE_ENTRY_ACL_TYPE_ACCESS | ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
	int type, perms, tag, id;
	const char *name;
	archive_entry_acl_reset(e, both);
	while (archive_entry_acl_next(e, both, &type, &perms, &tag, &id, &name) == ARCHIVE_OK) {
		bool named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
		if (named && (id < 0 || id >= UID_MAPPED))
			return id;
	}
	return 0;
}
