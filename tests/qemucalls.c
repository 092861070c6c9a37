/* A program in QEMU's place that makes the system calls which no QEMU needs (tests/tree/qemucalls.t
 * binds it over QEMU). Each is to be unknown to it; its last words, which warren tells as QEMU's,
 * name those that were not. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBERED(name, number)                                                                     \
	{                                                                                          \
#name, number,                                                                     \
		{                                                                                  \
			-1, -1, -1, -1, -1                                                         \
		}                                                                                  \
	}
#define CALL(name) NUMBERED(name, SYS_##name)
#define WITH(name, ...)                                                                            \
	{                                                                                          \
#name "(" #__VA_ARGS__ ")", SYS_##name,                                            \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

enum { NEWEST = 470, BEYOND = 600, SG_IO = 0x2285, F_SETDELEG = 1040 };

struct call {
	const char *name;
	long number, args[5];
};

static const struct call refused[] = {
    /* other processes */
    CALL(ptrace), CALL(process_vm_readv), CALL(process_vm_writev), CALL(process_madvise),
    CALL(pidfd_open), CALL(pidfd_getfd), CALL(pidfd_send_signal), CALL(kcmp), CALL(fork),
    CALL(vfork), CALL(clone3), WITH(clone, 0), WITH(clone, CLONE_VM), WITH(clone, CLONE_NEWUSER),
    WITH(clone, CLONE_THREAD | CLONE_NEWNS), CALL(setpgid), CALL(setsid), CALL(wait4), CALL(waitid),
    CALL(rt_sigqueueinfo), CALL(rt_tgsigqueueinfo), CALL(setpriority), CALL(ioprio_set),
    CALL(sched_setaffinity), CALL(sched_setscheduler), CALL(sched_setparam),

    /* namespaces, mounts, roots */
    CALL(setns), CALL(unshare), CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot),
    CALL(open_tree), CALL(move_mount), CALL(fsopen), CALL(fsconfig), CALL(fsmount), CALL(fspick),
    CALL(mount_setattr), CALL(quotactl), NUMBERED(statmount, 457), NUMBERED(listmount, 458),

    /* names and attributes of files, and files by number */
    CALL(chdir), CALL(fchdir), CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(rename),
    CALL(renameat2), CALL(link), CALL(linkat), CALL(symlink), CALL(symlinkat), CALL(unlink),
    CALL(unlinkat), CALL(mknod), CALL(mknodat), CALL(chmod), CALL(fchmod), CALL(fchmodat),
    CALL(chown), CALL(fchown), CALL(fchownat), CALL(utimensat), CALL(truncate), CALL(setxattr),
    CALL(fsetxattr), CALL(getxattr), CALL(removexattr), CALL(name_to_handle_at),
    CALL(open_by_handle_at), CALL(openat2), CALL(inotify_init), CALL(inotify_init1),
    CALL(fanotify_init), CALL(sync), CALL(syncfs), WITH(fcntl, -1, F_SETLEASE),
    WITH(fcntl, -1, F_NOTIFY), WITH(fcntl, -1, F_SETDELEG), WITH(fcntl, -1, F_SETSIG),

    /* rights */
    CALL(setuid), CALL(setgid), CALL(setreuid), CALL(setresuid), CALL(setresgid), CALL(setfsuid),
    CALL(setgroups), CALL(capset), CALL(personality), CALL(landlock_create_ruleset),
    CALL(landlock_restrict_self), CALL(add_key), CALL(request_key), CALL(keyctl),

    /* what moves pages and requests between descriptors, and was often broken into */
    CALL(io_uring_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(io_setup),
    CALL(io_submit), CALL(splice), CALL(vmsplice), CALL(tee), CALL(sendfile), CALL(userfaultfd),
    CALL(memfd_secret), CALL(remap_file_pages), CALL(modify_ldt),

    /* messages between processes */
    CALL(msgget), CALL(semget), CALL(shmget), CALL(shmat), CALL(mq_open), CALL(mq_unlink),
    WITH(socket, AF_NETLINK, SOCK_RAW), WITH(socket, AF_PACKET, SOCK_RAW),
    WITH(socket, AF_VSOCK, SOCK_STREAM), WITH(socket, AF_ALG, SOCK_SEQPACKET),
    WITH(socket, AF_BLUETOOTH, SOCK_RAW), WITH(socket, AF_TIPC, SOCK_RDM),

    /* memory: where it lies, what stays in it, what others see of it */
    CALL(mbind), CALL(set_mempolicy), CALL(get_mempolicy), CALL(migrate_pages), CALL(move_pages),
    CALL(mlock), CALL(mlock2), CALL(mlockall), CALL(mincore), CALL(pkey_mprotect),
    WITH(madvise, 0, 0, MADV_MERGEABLE), WITH(madvise, 0, 0, MADV_PAGEOUT),
    WITH(madvise, 0, 0, MADV_HWPOISON),

    /* the kernel and the host */
    CALL(bpf), CALL(perf_event_open), CALL(init_module), CALL(finit_module), CALL(delete_module),
    CALL(kexec_load), CALL(kexec_file_load), CALL(reboot), CALL(swapon), CALL(acct), CALL(syslog),
    CALL(iopl), CALL(ioperm), CALL(settimeofday), CALL(clock_settime), CALL(adjtimex),
    CALL(clock_adjtime), CALL(sethostname), CALL(setdomainname), CALL(vhangup), CALL(ustat),
    CALL(sysfs), NUMBERED(lsm_list_modules, 461), NUMBERED(map_shadow_stack, 453),
    WITH(ioctl, -1, TIOCSTI), WITH(ioctl, -1, TIOCSETD), WITH(ioctl, -1, TIOCLINUX),
    WITH(ioctl, -1, SG_IO), WITH(ioctl, -1, SIOCSIFNAME)};

static char made[400];

static void look(const char *name, long number, const long a[5])
{
	errno = 0;
	if (syscall(number, a[0], a[1], a[2], a[3], a[4]) < 0 && errno == ENOSYS)
		return;
	size_t n = strlen(made);
	snprintf(made + n, sizeof(made) - n, " %s", name);
}

/* Where a list fails a child may be made: only the one that began tells. */
int main(void)
{
	static const long none[5] = {-1, -1, -1, -1, -1};
	enum { N = sizeof(refused) / sizeof(refused[0]) };
	pid_t me = getpid();
	for (int i = 0; i < N; i++) {
		look(refused[i].name, refused[i].number, refused[i].args);
		if (getpid() != me)
			_exit(0);
	}
	for (long number = NEWEST; number < BEYOND; number++)
		look("one that is newer", number, none);
	fprintf(stderr, "qemu: %d calls, made:%s\n", N, made[0] != '\0' ? made : " none");
	return 7;
}
