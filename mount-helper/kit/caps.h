/* Capabilities. The helper keeps those that its table of operations needs. A program that it starts
 * keeps none, or (a zone's process 1, in its own user namespace) those that it was granted. */
#ifndef WARREN_MOUNT_HELPER_KIT_CAPS_H
#define WARREN_MOUNT_HELPER_KIT_CAPS_H

#include <stdint.h>
#include <sys/types.h>

/* For the helper, once it has mounted: keep only what it needs. From then on a change of uid
 * changes no capability: they go only where caps_keep says so. */
int caps_of_helper(void);

/* Those, as a mask: no more than the rows of ops.c and the keeper itself need. */
uint64_t caps_needed(void);

/* A worker: permitted and effective are those of the mask from now on, and no more, for good. */
int caps_only(uint64_t mask);

/* Keep only those of the mask, in every set. Set-uid programs and programs with capabilities still
 * give some of them. Bits that are no capabilities are ignored. */
int caps_limit(uint64_t mask);

/* The same; and no program gives any to this process and its children (no_new_privs). */
int caps_keep(uint64_t mask);

/* Become this user for good, without supplementary groups and capabilities. */
int caps_become(uid_t uid, gid_t gid);

/* The same, but keeping this one capability, also over an execve. */
int caps_become_with(uid_t uid, gid_t gid, int cap);

/* The same without no_new_privs, for a process whose children need to be without. Only in a mount
 * namespace without set-uid programs. */
int caps_become_unsealed(uid_t uid, gid_t gid);

#endif
