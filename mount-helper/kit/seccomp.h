/* The system calls that a zone may make (seccomp(2)). One filter for each set of
 * capabilities that matters to it; that of ordinary zones is made once, when the helper starts. */
#ifndef WARREN_MOUNT_HELPER_KIT_SECCOMP_H
#define WARREN_MOUNT_HELPER_KIT_SECCOMP_H

#include <linux/filter.h>
#include <stdint.h>

/* Make the filter of zones with these capabilities, and keep it for those that come. */
int filter_prepare(uint64_t caps);

/* The filter of a zone with these capabilities; borrowed. NULL: why not. */
const struct sock_fprog *filter_of(uint64_t caps);

/* The same in a memory file, struct sock_filter[], for the monitor, which loads it into jobs. */
int filter_file(uint64_t caps);

/* Load the filter of these capabilities into this process, for good and for its children. It has
 * no_new_privs or sys_admin. */
int filter_enter(uint64_t caps);

#endif
