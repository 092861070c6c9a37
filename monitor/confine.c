#include "monitor/confine.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/list.h"
#include "base/confine.h"

static const struct confined_call calls[] = {
    /* the console, pipes, QMP, the timer; rings */
    {SYS_read, ANY},
    {SYS_write, ANY},
    {SYS_pread64, ANY},
    {SYS_pwrite64, ANY},
    {SYS_writev, ANY}, /* an error message as it fails, to /dev/null */
    {SYS_close, ANY},
    {SYS_fcntl, ANY},
    {SYS_fstat, ANY}, /* is what a job sent a pipe? */
    {SYS_newfstatat, ANY}, /* the same, in newer C libraries */
    {SYS_ioctl, IS(1, TCGETS)}, /* or a terminal? */
    {SYS_ioctl, IS(1, TIOCSWINSZ)},
    {SYS_timerfd_settime, ANY}, /* the patience of shutdown */
    {SYS_lseek, ANY},

    /* daemons at its socket, and the spawner */
    {SYS_accept4, ANY},
    {SYS_recvmsg, ANY},
    {SYS_sendmsg, ANY},
    {SYS_sendto, ANY}, /* QMP */
    {SYS_memfd_create, ANY}, /* what QEMU answers a daemon */
    {SYS_socketpair, ANY}, /* by which a new job reports how it starts */

    /* a zone's files of metadata, all that there is in its sight */
    {SYS_openat, ANY},
    {SYS_getdents64, ANY},
    {SYS_renameat, ANY},
    {SYS_unlinkat, ANY},

/* waiting */
#ifdef SYS_poll
    {SYS_poll, ANY},
    {SYS_epoll_wait, ANY},
#endif
    {SYS_ppoll, ANY},
    {SYS_epoll_pwait, ANY},
    {SYS_epoll_ctl, ANY},
    {SYS_restart_syscall, ANY}, /* stopped, and going on */

    /* the zone's processes: wait for and signal them. The kernel lets it signal no other */
    {SYS_waitid, ANY},
    {SYS_wait4, ANY},
    {SYS_kill, ANY},
    {SYS_pidfd_send_signal, ANY},
    {SYS_getpid, ANY},

    /* memory, never as a program */
    {SYS_brk, ANY},
    {SYS_mmap, WITHOUT(2, PROT_EXEC)},
    {SYS_munmap, ANY},
    {SYS_mremap, ANY},
    {SYS_madvise, ANY},
    {SYS_mprotect, WITHOUT(2, PROT_EXEC)}, /* malloc */
    {SYS_getrandom, ANY}, /* malloc of newer C libraries */
    {SYS_futex, ANY},
    {SYS_clock_gettime, ANY}, /* where the kernel has no vDSO for it */

    /* limits of the zone's processes: the kernel asks for a right over their user namespace */
    {SYS_prlimit64, ANY},

    /* its own end */
    {SYS_rt_sigaction, ANY},
    {SYS_rt_sigprocmask, ANY},
    {SYS_rt_sigreturn, ANY},
    {SYS_gettid, ANY}, /* abort */
    {SYS_tgkill, ANY},
    {SYS_exit, ANY},
    {SYS_exit_group, ANY},
};

int monitor_confine(void)
{
	return confine_calls(calls, NELEM(calls), CONFINED_OURS);
}
