/* The system calls that QEMU may make. */
#ifndef WARREN_MOUNT_HELPER_BUILD_QEMUCALLS_H
#define WARREN_MOUNT_HELPER_BUILD_QEMUCALLS_H

/* Allow only these from now on, to this process, which is to execute warren-init and that QEMU. A
 * call that is not in the list is unknown to it (ENOSYS) and a line in the kernel's log. Sets
 * no_new_privs. -1: the kernel's errno */
int qemucalls_confine(void);

#endif
