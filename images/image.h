/* Images: what zones' roots and VMs' disks can be made of, imported once and shared read-only. */
#ifndef WARREN_IMAGES_IMAGE_H
#define WARREN_IMAGES_IMAGE_H

#include "base/author.h"
#include "fs/ctl.h"
#include "protocol/import.h"

enum image_state { IMAGE_EMPTY, IMAGE_IMPORTING, IMAGE_READY, IMAGE_FAILED, IMAGE_STATES };

struct image {
	struct obj obj; /* first */

	enum image_state state;
	struct import_report is; /* what it holds, or how the import goes */
	bool filled; /* is.type, .size and so on are on disk, or about to be */
	struct removal *removal; /* owned: under way; NULL: none */
	bool sweeping; /* what an earlier import left is being deleted. The address of this field
			* is the `arg` of that request, so that the end of an import does not
			* forget it */
	uint32_t step; /* tens of percent that an event told of */

	/* the import under way */
	struct author author; /* of its path */
	struct command *command; /* who waits for it; NULL: none is under way */
	int report; /* the importer's; -1: none */
	struct source *source; /* owned: watches report */
};

static inline struct image *image_of(struct obj *o)
{
	return container_of(o, struct image, obj);
}

/* image.c: the object */
extern const struct type image_object;
extern const struct dir_row images_dir;
struct image *image_create(
    uint64_t id, const char *name, struct obj *parent, const struct row *slot);

/* The image of this name, if there is one. */
struct image *image_find(const char *name);

/* The same, where it can be used for a root or a disk by this user. NULL: ENOENT, EINVAL, EACCES */
struct image *image_for(const char *name, enum image_type type, const struct author *a);

/* Adds a line for each zone and VM that uses the image. Set by zone/, which this folder does not
 * know. */
extern void (*image_users)(const struct image *m, struct buf *b);
void images_used(void); /* who uses which may have changed */
int image_unused(struct image *m); /* -1: ENOTEMPTY, and by whom it is used */

#endif
