/* Owners, groups and those in access control lists: an image has the ids 0..65534. All files with
 * others are counted before the import is refused, so that one look tells what is to be done. */
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/word.h"
#include "import/acl.h"
#include "import/owner.h"
#include "protocol/ids.h"

static uint64_t strangers;
static int64_t first_id;
static char first[200];

static bool is_strange(int64_t id)
{
	return id < 0 || id >= UID_MAPPED;
}

int owner_check(struct archive_entry *e)
{
	int64_t ids[] = {archive_entry_uid(e), archive_entry_gid(e), 0}, id = 0;
	ids[2] = acl_stranger(e);
	for (int i = 2; i >= 0; i--)
		if (is_strange(ids[i]))
			id = ids[i];
	if (is_strange(id) && strangers++ == 0) {
		first_id = id;
		word_quote(archive_entry_pathname(e), first, sizeof(first));
	}
	return strangers > 0 ? 1 : 0;
}

int owners_end(void)
{
	if (strangers == 0)
		return 0;
	return err_set(EINVAL,
	    "%" PRIu64
	    " of its files have owners, groups or access control lists outside 0..65534, "
	    "first \"%s\" with %" PRId64
	    ": an image holds no others: chown them, or give an archive "
	    "made by tar --owner-map=FILE --group-map=FILE",
	    strangers, first, first_id);
}
