#include "confine.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/confine.h"
#include "base/list.h"

enum {
	NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |
		     CLONE_NEWUTS | CLONE_NEWCGROUP,
};

/* The C library uses one of two calls for the same, by its version and the architecture: both are
 * here. */
static const struct confined_call calls[] = {
    /* files below its directories, of /proc and of control groups */
    {SYS_openat, ANY},
    {SYS_close, ANY},
    {SYS_read, ANY},
    {SYS_readv, ANY},
    {SYS_write, ANY},
    {SYS_writev, ANY},
    {SYS_pread64, ANY},
    {SYS_pwrite64, ANY},
    {SYS_lseek, ANY},
    {SYS_fcntl, ANY},
    {SYS_dup, ANY},
    {SYS_fstat, ANY},
    {SYS_newfstatat, ANY},
    {SYS_statx, ANY},
    {SYS_statfs, ANY}, /* statvfs */
    {SYS_fstatfs, ANY},
    {SYS_faccessat, ANY},
    {SYS_faccessat2, ANY},
    {SYS_getdents64, ANY},
    {SYS_readlinkat, ANY}, /* the stream of the log */
    {SYS_ftruncate, ANY}, /* rings */
    {SYS_fallocate, ANY},
    {SYS_unlinkat, ANY},
    {SYS_mkdirat, ANY}, /* RUN/daemon/jobs, logs */
    {SYS_memfd_create, ANY}, /* orders */
#ifdef SYS_open
    {SYS_open, ANY},
    {SYS_stat, ANY},
    {SYS_access, ANY},
    {SYS_readlink, ANY},
    {SYS_unlink, ANY},
    {SYS_rename, ANY},
    {SYS_renameat, ANY},
#endif
    {SYS_renameat2, ANY}, /* the writer */
    {SYS_fsync, ANY},
    {SYS_flock, ANY},

    /* FUSE: messages, and libfuse's pipes for large ones */
    {SYS_pipe2, ANY},
    {SYS_splice, ANY},
    {SYS_vmsplice, ANY},
    {SYS_ioctl, ANY}, /* KVM's, in the probe; the daemon's other descriptors know few */

    /* the helper, the writer, monitors, the log */
    {SYS_socket, IS(0, AF_UNIX)},
    {SYS_socketpair, ANY},
    {SYS_connect, ANY},
    {SYS_sendmsg, ANY},
    {SYS_recvmsg, ANY},
    {SYS_sendto, ANY},
    {SYS_recvfrom, ANY},
    {SYS_getsockopt, ANY},
    {SYS_setsockopt, ANY},
    {SYS_shutdown, ANY},

/* the loop */
#ifdef SYS_poll
    {SYS_poll, ANY},
    {SYS_epoll_wait, ANY},
#endif
    {SYS_ppoll, ANY},
    {SYS_epoll_create1, ANY},
    {SYS_epoll_ctl, ANY},
    {SYS_epoll_pwait, ANY},
    {SYS_epoll_pwait2, ANY},
    {SYS_signalfd4, ANY}, /* newer libevent */
    {SYS_timerfd_create, ANY},
    {SYS_timerfd_settime, ANY},
    {SYS_eventfd2, ANY},
    {SYS_clock_gettime, ANY},
    {SYS_clock_nanosleep, ANY},
    {SYS_nanosleep, ANY},
    {SYS_gettimeofday, ANY},
    {SYS_restart_syscall, ANY},

    /* children: the writer, and the probe of KVM */
    {SYS_clone, WITHOUT(0, NAMESPACES)},
#ifdef SYS_fork
    {SYS_fork, ANY},
#endif
    {SYS_wait4, ANY},
    {SYS_waitid, ANY},
    {SYS_kill, ANY},
    {SYS_setitimer, ANY},
    {SYS_timer_create, ANY},
    {SYS_timer_settime, ANY},
    {SYS_timer_delete, ANY},
    {SYS_set_robust_list, ANY},
    {SYS_rseq, ANY},

    /* who and where it is */
    {SYS_getpid, ANY},
    {SYS_getppid, ANY},
    {SYS_gettid, ANY},
    {SYS_getuid, ANY},
    {SYS_geteuid, ANY},
    {SYS_getgid, ANY},
    {SYS_getegid, ANY},
    {SYS_uname, ANY},
    {SYS_sysinfo, ANY},
    {SYS_sched_getaffinity, ANY},
    {SYS_getcpu, ANY},
    {SYS_getrusage, ANY},
    {SYS_prlimit64, ANY},
    {SYS_prctl, ANY}, /* names of its children, and their death signal */
    {SYS_getrandom, ANY},

    /* memory, never as a program */
    {SYS_brk, ANY},
    {SYS_mmap, WITHOUT(2, PROT_EXEC)},
    {SYS_mprotect, WITHOUT(2, PROT_EXEC)},
    {SYS_munmap, ANY},
    {SYS_mremap, ANY},
    {SYS_madvise, ANY},
    {SYS_futex, ANY},

    /* signals, and its own end */
    {SYS_rt_sigaction, ANY},
    {SYS_rt_sigprocmask, ANY},
    {SYS_rt_sigreturn, ANY},
    {SYS_rt_sigtimedwait, ANY},
    {SYS_sigaltstack, ANY},
    {SYS_tgkill, ANY},
    {SYS_exit, ANY},
    {SYS_exit_group, ANY},
};

int daemon_confine(void)
{
	return confine_calls(calls, NELEM(calls), CONFINED_OURS);
}
