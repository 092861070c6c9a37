/* What QEMU calls, and what its libraries do, by kind: memory, threads, clocks and signals of its
 * own, descriptors that it was given, files of its root that it may read, sockets of its own
 * network. What is left out has no use for a program that has one process, no capability and a
 * root of single files: other processes, namespaces, mounts, keys, message queues, io_uring, what
 * moves pages between descriptors, attributes and names of files.
 *
 * HACKING tells by what versions of QEMU the list was made. A version that needs one more gets
 * ENOSYS, as on an older kernel, and goes on without; the call's number is in the kernel's log.
 * Every call that came with Linux 5.15 or later is optional to QEMU and to its C library by that
 * alone, as both run there. Its own sandbox (-sandbox) is loaded on top of this and takes away
 * execve and execveat, by which this process becomes warren-init, and that QEMU. */
#include "mount-helper/build/qemucalls.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/netlink.h>
#include <linux/vfio.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/confine.h"
#include "base/list.h"

enum {
	NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		     CLONE_NEWUTS | CLONE_NEWCGROUP,
	/* what older C libraries have no names for (include/uapi/asm-generic/mman-common.h) */
	POPULATE_READ = 22,
	DONTNEED_LOCKED = 24,
	GUARD_INSTALL = 102,
};

/* linux/fs.h, whose names clash with those of fcntl.h, and xfsprogs' xfs_fs.h; unsigned, as no enum
 * may be */
#define FSGETXATTR _IOC(_IOC_READ, 'X', 31, 28)
#define GETFLAGS _IOC(_IOC_READ, 'f', 1, sizeof(long))
#define XFS_DIOINFO _IOC(_IOC_READ, 'X', 30, 12)

/* Requests of ioctl(2) whose type and the high bits of whose number are these */
#define TYPE(type) 1, 0xff00, (uint32_t)(type) << 8
#define NUMBERS(type, from) 1, 0xffc0, (uint32_t)(type) << 8 | (from)

static const struct confined_call calls[] = {
    /* /dev/kvm; disks; the ends of its network; devices of USB and PCI; is this a terminal? Not
     * SG_IO, by which a guest would send commands to a host's disk, and not TIOCSTI */
    {SYS_ioctl, TYPE(KVMIO)},
    {SYS_ioctl, TYPE(0x12)}, /* BLKGETSIZE64, BLKDISCARD and their like (linux/fs.h) */
    {SYS_ioctl, NUMBERS('T', 0xc0)}, /* linux/if_tun.h */
    {SYS_ioctl, TYPE('U')}, /* linux/usbdevice_fs.h */
    {SYS_ioctl, TYPE(VFIO_TYPE)},
    {SYS_ioctl, IS(1, XFS_DIOINFO)},
    {SYS_ioctl, IS(1, FSGETXATTR)},
    {SYS_ioctl, IS(1, GETFLAGS)},
    {SYS_ioctl, IS(1, FIONBIO)},
    {SYS_ioctl, IS(1, FIONREAD)},
    {SYS_ioctl, IS(1, TCGETS)},

    /* files: its own, and those that it was given */
    {SYS_openat, ANY},
    {SYS_close, ANY},
    {SYS_close_range, ANY},
    {SYS_read, ANY},
    {SYS_write, ANY},
    {SYS_readv, ANY},
    {SYS_writev, ANY},
    {SYS_pread64, ANY},
    {SYS_pwrite64, ANY},
    {SYS_preadv, ANY},
    {SYS_pwritev, ANY},
    {SYS_preadv2, ANY},
    {SYS_pwritev2, ANY},
    {SYS_lseek, ANY},
    {SYS_fstat, ANY},
    {SYS_newfstatat, ANY},
    {SYS_statx, ANY},
    {SYS_statfs, ANY},
    {SYS_fstatfs, ANY},
    {SYS_faccessat, ANY},
    {SYS_faccessat2, ANY},
    {SYS_readlinkat, ANY},
    {SYS_getdents64, ANY},
    {SYS_getcwd, ANY},
    {SYS_umask, ANY},
    {SYS_ftruncate, ANY},
    {SYS_fallocate, ANY},
    {SYS_fadvise64, ANY},
    {SYS_fsync, ANY},
    {SYS_fdatasync, ANY},
    {SYS_sync_file_range, ANY},
    {SYS_copy_file_range, ANY},
    {SYS_flock, ANY},
    {SYS_dup, ANY},
    {SYS_dup3, ANY},
    {SYS_pipe2, ANY},
    {SYS_eventfd2, ANY},
    {SYS_memfd_create, ANY},
    /* not leases, and nothing newer than locks of open files */
    {SYS_fcntl, AMONG(1, F_DUPFD, 7)},
    {SYS_fcntl, AMONG(1, F_OFD_GETLK, 3)},
    {SYS_fcntl, IS(1, F_DUPFD_CLOEXEC)},
    {SYS_fcntl, IS(1, F_SETPIPE_SZ)},
    {SYS_fcntl, IS(1, F_GETPIPE_SZ)},
    {SYS_fcntl, IS(1, F_ADD_SEALS)},
    {SYS_fcntl, IS(1, F_GET_SEALS)},
#ifdef SYS_open
    {SYS_open, ANY},
    {SYS_stat, ANY},
    {SYS_lstat, ANY},
    {SYS_access, ANY},
    {SYS_readlink, ANY},
    {SYS_dup2, ANY},
    {SYS_pipe, ANY},
    {SYS_eventfd, ANY},
#endif

    /* memory. Not shared with other VMs' by its content (KSM), nor thrown out for others to miss */
    {SYS_brk, ANY},
    {SYS_mmap, ANY},
    {SYS_mremap, ANY},
    {SYS_munmap, ANY},
    {SYS_mprotect, ANY},
    {SYS_msync, ANY},
    {SYS_membarrier, ANY},
    {SYS_madvise, AMONG(2, MADV_NORMAL, 7)},
    {SYS_madvise, AMONG(2, MADV_FREE, 3)},
    {SYS_madvise, AMONG(2, MADV_HUGEPAGE, 1)},
    {SYS_madvise, AMONG(2, MADV_DONTDUMP, 3)},
    {SYS_madvise, AMONG(2, POPULATE_READ, 1)},
    {SYS_madvise, AMONG(2, DONTNEED_LOCKED, 1)},
    {SYS_madvise, AMONG(2, GUARD_INSTALL, 1)},

    /* its threads, without clone3, whose flags a filter can't see */
    {SYS_clone, 0, CLONE_THREAD | NAMESPACES, CLONE_THREAD},
    {SYS_set_tid_address, ANY},
    {SYS_set_robust_list, ANY},
    {SYS_get_robust_list, ANY},
    {SYS_rseq, ANY},
    {SYS_futex, ANY},
    {SYS_sched_yield, ANY},
    {SYS_sched_getaffinity, ANY},
    {SYS_sched_getparam, ANY},
    {SYS_sched_getscheduler, ANY},
    {SYS_sched_getattr, ANY}, /* GLib's pools of threads, and the next */
    {SYS_sched_setattr, ANY},
    {SYS_getcpu, ANY},
    {SYS_exit, ANY},
    {SYS_exit_group, ANY},

    /* becoming QEMU, and its own sandbox */
    {SYS_execveat, ANY},
    {SYS_execve, ANY},
    {SYS_prctl, ANY},
    {SYS_seccomp, ANY},
#ifdef SYS_arch_prctl
    {SYS_arch_prctl, ANY},
#endif

    /* who and where it is */
    {SYS_getpid, ANY},
    {SYS_getppid, ANY},
    {SYS_gettid, ANY},
    {SYS_getuid, ANY},
    {SYS_geteuid, ANY},
    {SYS_getgid, ANY},
    {SYS_getegid, ANY},
    {SYS_getresuid, ANY},
    {SYS_getresgid, ANY},
    {SYS_getgroups, ANY},
    {SYS_capget, ANY},
    {SYS_getrlimit, ANY},
    {SYS_setrlimit, ANY},
    {SYS_prlimit64, ANY},
    {SYS_getrusage, ANY},
    {SYS_times, ANY},
    {SYS_sysinfo, ANY},
    {SYS_uname, ANY},
    {SYS_getrandom, ANY},

    /* clocks */
    {SYS_clock_gettime, ANY},
    {SYS_clock_getres, ANY},
    {SYS_clock_nanosleep, ANY},
    {SYS_nanosleep, ANY},
    {SYS_gettimeofday, ANY},
#ifdef SYS_time
    {SYS_time, ANY},
#endif
    {SYS_timerfd_create, ANY},
    {SYS_timerfd_settime, ANY},
    {SYS_timerfd_gettime, ANY},

    /* signals, to itself: nobody else is in its pid namespace */
    {SYS_rt_sigaction, ANY},
    {SYS_rt_sigprocmask, ANY},
    {SYS_rt_sigreturn, ANY},
    {SYS_rt_sigpending, ANY},
    {SYS_rt_sigsuspend, ANY},
    {SYS_rt_sigtimedwait, ANY},
    {SYS_sigaltstack, ANY},
    {SYS_signalfd4, ANY},
    {SYS_kill, ANY},
    {SYS_tkill, ANY},
    {SYS_tgkill, ANY},
    {SYS_restart_syscall, ANY},

    /* waiting */
    {SYS_ppoll, ANY},
    {SYS_pselect6, ANY},
    {SYS_epoll_create1, ANY},
    {SYS_epoll_ctl, ANY},
    {SYS_epoll_pwait, ANY},
    {SYS_epoll_pwait2, ANY},
#ifdef SYS_poll
    {SYS_poll, ANY},
    {SYS_select, ANY},
    {SYS_pause, ANY},
    {SYS_epoll_create, ANY},
    {SYS_epoll_wait, ANY},
    {SYS_signalfd, ANY},
#endif

    /* sockets: the console, QMP, the display; those of `user` NICs, by libslirp */
    {SYS_socket, IS(0, AF_UNIX)},
    {SYS_socket, IS(0, AF_INET)},
    {SYS_socket, IS(0, AF_INET6)},
    /* libusb begins by listening for devices that come, of which its network hears nothing. By its
     * protocol, as no other family has that one, but for raw sockets of IP, which need a capability
     */
    {SYS_socket, IS(2, NETLINK_KOBJECT_UEVENT)},
    {SYS_socketpair, ANY},
    {SYS_bind, ANY},
    {SYS_connect, ANY},
    {SYS_listen, ANY},
    {SYS_accept, ANY},
    {SYS_accept4, ANY},
    {SYS_getsockname, ANY},
    {SYS_getpeername, ANY},
    {SYS_getsockopt, ANY},
    {SYS_setsockopt, ANY},
    {SYS_sendto, ANY},
    {SYS_sendmsg, ANY},
    {SYS_sendmmsg, ANY},
    {SYS_recvfrom, ANY},
    {SYS_recvmsg, ANY},
    {SYS_recvmmsg, ANY},
    {SYS_shutdown, ANY},
};

int qemucalls_confine(void)
{
	return confine_calls(calls, NELEM(calls), CONFINED_OTHERS);
}
