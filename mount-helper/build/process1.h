/* Building a zone (boot.h): the part of process 1. */
#ifndef WARREN_MOUNT_HELPER_BUILD_PROCESS1_H
#define WARREN_MOUNT_HELPER_BUILD_PROCESS1_H

#include "mount-helper/build/boot.h"

/* In the zone's process 1. Never returns. */
void process1(struct boot *b) __attribute__((noreturn));

/* There, or in a child of it: give up rights for good, and end with the monitor. */
int process1_confine(const struct boot *b);

#endif
