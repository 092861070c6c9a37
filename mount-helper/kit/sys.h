/* System calls without a wrapper in the C library, or not in the oldest one that we build on. */
#ifndef WARREN_MOUNT_HELPER_KIT_SYS_H
#define WARREN_MOUNT_HELPER_KIT_SYS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SYS_DETACH = 2 /* MNT_DETACH; <sys/mount.h> quarrels with <linux/mount.h> */ };

/* The fields of struct clone_args that clone3 had when it learned of CLONE_INTO_CGROUP. */
struct sys_clone {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

static inline long sys_clone3(struct sys_clone *a)
{
	return syscall(SYS_clone3, a, sizeof(*a));
}

static inline int sys_openat2(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)flags,
	    .mode = (flags & O_CREAT) != 0 ? 0600 : 0,
	    .resolve = resolve};
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static inline int sys_mount(
    const char *source, const char *at, const char *type, unsigned long flags, const char *data)
{
	return (int)syscall(SYS_mount, source, at, type, flags, data);
}

static inline int sys_umount(const char *at, int flags)
{
	return (int)syscall(SYS_umount2, at, flags);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

/* Attach the detached mount `from` at path below dir. */
static inline int sys_move_mount(int from, int dir, const char *path)
{
	return (int)syscall(SYS_move_mount, from, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH);
}

/* The same, at the directory or file that `to` is. */
static inline int sys_move_mount_to(int from, int to)
{
	return (int)syscall(
	    SYS_move_mount, from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static inline int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int sys_fsconfig(int fs, unsigned cmd, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, 0);
}

static inline int sys_fsmount(int fs, unsigned attr)
{
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
}

static inline int sys_mount_setattr(int mount, struct mount_attr *a)
{
	return (int)syscall(
	    SYS_mount_setattr, mount, "", 0x1000 /* AT_EMPTY_PATH */, a, sizeof(*a));
}

static inline int sys_close_range(unsigned first, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, ~0U, flags);
}

static inline int sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int sys_pidfd_kill(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

#endif
