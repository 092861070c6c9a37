/* The root file system of a zone: the host's /usr read-only, private /etc /var /root /home, and a
 * tmpfs for the rest. These functions are called in this order; vmroot.h has those of a VM.
 *
 * The zone's root stays the owner of the host's /usr, of images' files and of host mounts. sudo,
 * cron, logrotate, sshd and set-uid programs want root as their owner, and an overlay can't copy up
 * files without one. An overlay over /usr would have inodes of its own, but before 5.19 the kernel
 * does not id-map its layers, each boot and each path would pay for it, and mincore sees through
 * it. So the filter refuses what an owner may do to others (HACKING.md, "What an owner may").
 *
 * A change of memory.max does not reach the size of a running zone's tmpfs: the helper would have
 * to change mounts that a zone with sys_admin may have covered. The control group keeps the memory
 * within the limit. */
#ifndef WARREN_MOUNT_HELPER_BUILD_ROOTFS_H
#define WARREN_MOUNT_HELPER_BUILD_ROOTFS_H

#include "mount-helper/build/boot.h"

/* Once, when the helper starts: which of /bin, /lib and so on are links on this host. */
void rootfs_probe(void);

/* In the host's mount namespace: open what will be bound. */
int rootfs_binds_open(struct boot *b);
/* In the zone's future mount namespace, with the zone root's fsuid: an empty tmpfs over "/". */
int rootfs_begin(struct boot *b);

/* In there: bind private files that have layers. */
int rootfs_layers_bind(struct boot *b);

/* Attach the new root over "/" and make it the process's root. */
int rootfs_enter(struct boot *b);

/* Attach everything in it, when the user namespace is there; then it becomes read-only. */
int rootfs_finish(struct boot *b);
/* Bytes that a zone's tmpfs may hold, and its segments of shared memory as many again: no process
 * can be killed to free them. */
uint64_t rootfs_tmpfs_bytes(uint64_t memory_max);

#endif
