/* The root of a zone: the host's /usr seen read-only, private /etc /var /root /home, and a tmpfs
 * for the rest. And the root of a VM's zone: what QEMU needs to run, read-only. */
#ifndef WARREN_MOUNT_HELPER_BUILD_ROOTFS_H
#define WARREN_MOUNT_HELPER_BUILD_ROOTFS_H

#include "mount-helper/build/boot.h"

/* Once, when the helper starts: which of /bin, /lib and so on are links on this host. */
void rootfs_probe(void);

/* In the host's mount namespace: take hold of what will be mounted. */
int rootfs_binds_open(struct boot *b);
/* In the zone's future one, with fsuid the zone's root: an empty tmpfs over "/". */
int rootfs_begin(struct boot *b);

/* "/" is a zone's future root: take it. */
int rootfs_enter(struct boot *b);

/* Everything in it, once the user namespace is there; then it becomes read-only. */
int rootfs_finish(struct boot *b);
/* Bytes that may lie in a zone's tmpfs, and as much in segments of shared memory: they are nobody's
 * who could be killed. */
uint64_t rootfs_tmpfs_bytes(const struct boot *b);

#endif
