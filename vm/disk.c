#include "vm/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fs/change.h"

const char *const disk_formats[] = {
    [FORMAT_RAW] = "raw", [FORMAT_QCOW2] = "qcow2", [FORMAT_QCOW2 + 1] = NULL};
const char *const disk_buses[] = {[BUS_VIRTIO] = "virtio",
    [BUS_SATA] = "sata",
    [BUS_IDE] = "ide",
    [BUS_NVME] = "nvme",
    [BUS_NVME + 1] = NULL};
enum { SECTOR = 512 };
static const char *const switches[] = {"off", "on", NULL};

static const struct key keys[] = {
    [DISK_PATH] = {"path", &key_text, KEY_FIELD(struct disk, path)},
    [DISK_IMAGE] = {"image", &key_text, KEY_FIELD(struct disk, image)},
    [DISK_FORMAT] = {"format", &key_choice, KEY_FIELD(struct disk, format), .words = disk_formats},
    [DISK_BUS] = {"bus", &key_choice, KEY_FIELD(struct disk, bus), .words = disk_buses},
    [DISK_READONLY] = {"readonly", &key_choice, KEY_FIELD(struct disk, readonly),
	.words = switches},
    [DISK_SIZE] = {"size", &key_size, KEY_FIELD(struct disk, size), .min = 1,
	.max = UINT64_C(1) << 50, .wanted = "give size=N, 1..1024T, or leave it out"},
    {0},
};

/* Properties that the image has by itself must not be given. */
static int image_fits(const struct row *r, const struct disk *d)
{
	if (keyed_has(d, DISK_PATH))
		return err_set(EINVAL, "path= and image= are both there: %s", r->wanted);
	if (keyed_has(d, DISK_FORMAT) || keyed_has(d, DISK_SIZE))
		return err_set(
		    EINVAL, "an image has its own format and size: leave format= and size= out");
	return 0;
}

static int place_fits(const struct row *r, void *line)
{
	const struct disk *d = line;
	if (keyed_has(d, DISK_IMAGE))
		return image_fits(r, d);
	if (d->path[0] != '/')
		return err_set(EINVAL, "it has no path= that begins with /: %s", r->wanted);
	if (d->format == FORMAT_QCOW2 && d->size % SECTOR != 0)
		return err_set(EINVAL,
		    "a disk of qcow2 has whole sectors of %d bytes: give size=%" PRIu64, SECTOR,
		    (d->size / SECTOR + 1) * SECTOR);
	return 0;
}

const struct keyed disk_line = {"a disk", sizeof(struct disk), keys, place_fits};
