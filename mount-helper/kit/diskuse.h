/* Disks that the host itself uses: what a guest writes to one would destroy it. */
#ifndef WARREN_MOUNT_HELPER_KIT_DISKUSE_H
#define WARREN_MOUNT_HELPER_KIT_DISKUSE_H

struct stat;

/* Is fd, a file, below a loop device? `path` is for the sentence. -1: EINVAL, which one */
int diskuse_loop(int fd, const char *path);

/* Refuse a block device that could not be opened for this VM alone (O_EXCL): say who has it.
 * Returns -1: EBUSY */
int diskuse_refuse(const struct stat *st, const char *path);

/* Is a disk on this USB device (its name in sysfs, 1-2.4) used? -1: EBUSY, which one */
int diskuse_usb(const char *at);

#endif
