/* The program virtiofsd: there are two, with words of their own. */
#ifndef WARREN_MOUNT_HELPER_BUILD_VIRTIOFSD_H
#define WARREN_MOUNT_HELPER_BUILD_VIRTIOFSD_H

/* Open it, where the host has it. -1: EOPNOTSUPP */
int virtiofsd_open(void);

/* Does it take --shared-dir and the like? It is asked (--help). The caller has no other child that
 * ends meanwhile. null: /dev/null */
int virtiofsd_is_new(int program, int null);

/* Become it, serving JAIL_OWN to who connects to the listener. alive: a descriptor that is to close
 * with it. Returns only on failure. */
int virtiofsd_exec(int program, int null, int listener, int alive);

#endif
