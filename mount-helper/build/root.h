/* The root of a zone: the host's /usr seen read-only, private /etc /var /root /home, and a tmpfs
 * for the rest. And the root of a VM's zone: what QEMU needs to run, read-only. */
#ifndef WARREN_MOUNT_HELPER_BUILD_ROOT_H
#define WARREN_MOUNT_HELPER_BUILD_ROOT_H

#include "mount-helper/build/boot.h"

/* Once, when the helper starts: which of /bin, /lib and so on are links on this host. */
void root_probe(void);

/* In the host's mount namespace: take hold of what will be mounted. */
int root_sources(struct boot *b);
/* Take over fd, the kernel (0) or initrd (1) that the guest boots. */
int vmroot_take(struct boot *b, int which, int fd);
int vmroot_sources(struct boot *b);

/* In the zone's future one, with fsuid the zone's root: an empty tmpfs over "/". */
int root_begin(struct boot *b);

/* Of a zone on an image: in the host's mount namespace, as root: open image and layer. Then, in the
 * zone's future one: put the two together over "/". */
int overlay_take(struct boot *b);
int overlay_begin(struct boot *b);

/* Could a zone on an image do so here? The calling process has an empty root from then on.
 * -1: EOPNOTSUPP, what is missing */
int overlay_probe(const struct helper *h);

/* "/" is a zone's future root: take it. */
int root_take(struct boot *b);

/* A VM's disk on an image, and its layer over it: its first two files. In the host's mount
 * namespace. */
int vmdisk_take(struct boot *b);

/* A VM's files that process 1 fills: before it is made, so that it has them open. */
int vmroot_files(struct boot *b);

/* Everything in it, once the user namespace is there; then it becomes read-only. */
int root_finish(struct boot *b);
int vmroot_finish(struct boot *b);

/* Below a root, a place to mount at, with the directories on the way to it. */
int point_make(int root, const char *path, bool file);

/* Bytes that may lie in a zone's tmpfs, and as much in segments of shared memory: they are nobody's
 * who could be killed. */
uint64_t root_shared(const struct boot *b);

/* For both. -1 with ENOENT where the host has none. */
int source_add(struct boot *b, int dir, const struct source_row *row);
int sources_attach(struct boot *b);

#endif
