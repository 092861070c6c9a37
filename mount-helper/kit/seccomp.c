/* What a zone is refused though its capabilities might do: calls that are not namespaced, that
 * reach the host's hardware or time, or that are a large part of the kernel which few programs
 * need. No looser than the filters of Docker ("Seccomp security profiles for Docker", its
 * default.json) and of systemd-nspawn (nspawn-seccomp.c) for the same capabilities; what one of
 * them allows and we don't is marked. A privilege that is named beside a row opens it, as far as
 * the kernel's own check of capabilities in the zone's user namespace goes.
 *
 * Known calls are allowed but for these rows, and numbers that nobody here has judged yet are as
 * unknown as to an old kernel. Programs of i386 are killed, and calls of x32 unknown: socketcall(2)
 * of i386 would let them past the rows on sockets. libseccomp knows names and numbers and makes the
 * program. It is a list of refusals because that loads in half the time of a list of permissions,
 * at every boot.
 *
 * To judge newer calls raise JUDGED, add rows for those that are refused, and name in `newer` those
 * of them that an old libseccomp does not know.
 *
 * A refused call fails as on a kernel without it (ENOSYS) where programs then go on: keyrings,
 * clone3, mincore. It fails with EPERM where the kernel itself says so to a process without a
 * capability or by a sysctl: mounts, bpf, perf, io_uring, userfaultfd, NUMA, mlock.
 *
 * The helper and its workers are under no such list: what they start would inherit it, zones among
 * it, and each call in a zone would pay for a second filter. */
#include "mount-helper/kit/seccomp.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "protocol/ids.h"

/* From 424 on numbers are the same on all architectures, and x86-64 has none between. JUDGED is
 * file_setattr, of Linux 6.17; it and file_getattr do what an ioctl has long done, and Docker has
 * no word on them yet. OLD_JUDGED is uprobe, which like uretprobe only the kernel's own trampolines
 * call, in whom the host's root traces. */
enum { JUDGED = 469, COMMON = 424 };
#ifdef __x86_64__
enum { OLD_JUDGED = 336 };
#else
enum { OLD_JUDGED = COMMON - 1 };
#endif

/* The newest of fcntl(2) that is judged is F_SET_FILE_RW_HINT; F_SETDELEG (6.19) comes behind. */
enum { FCNTL_JUDGED = F_SETLEASE + 14 };

/* What opens a row. bpf, perfmon and syslog were sys_admin's once, which still opens what they do,
 * as in Docker. In a user namespace of its own a process has all capabilities over what it makes
 * there. */
#define NEVER UINT64_C(0)
#define ADMIN CAP_BIT(CAP_SYS_ADMIN)
#define NESTED (ADMIN | PRIVILEGE_USERNS)

static const struct {
	const char *calls;
	uint64_t by; /* a privilege that opens it */
	int code;
} rows[] = {
    /* another kernel instead of this one, or code in it */
    {"kexec_load kexec_file_load", NEVER, EPERM},
    {"init_module finit_module delete_module create_module query_module get_kernel_syms",
	CAP_BIT(CAP_SYS_MODULE), EPERM},
    {"bpf", ADMIN | CAP_BIT(CAP_BPF), EPERM},

    /* the host's clock, ports, swap, accounting and log; none has a namespace */
    {"settimeofday clock_settime", CAP_BIT(CAP_SYS_TIME), EPERM},
    {"iopl ioperm", CAP_BIT(CAP_SYS_RAWIO), EPERM},
    {"swapon swapoff", NEVER, EPERM},
    {"acct", CAP_BIT(CAP_SYS_PACCT), EPERM},
    {"syslog", ADMIN | CAP_BIT(CAP_SYSLOG), EPERM},

    /* ends the zone's pid namespace alone (pid_namespaces(7)): how it powers off or boots anew.
     * Docker has no sys_boot by default */
    {"reboot", CAP_BIT(CAP_SYS_BOOT), EPERM},

    /* keys are counted and found by uid, across namespaces. Who makes containers goes on without,
     * where the kernel has none */
    {"add_key request_key keyctl", NEVER, ENOSYS},

    /* namespaces and mounts: a user namespace of its own gives a zone every capability over it, and
     * with that most of the kernel to attack */
    {"mount umount2 pivot_root open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick "
     "mount_setattr unshare setns sethostname setdomainname",
	NESTED, EPERM},
    {"quotactl quotactl_fd fanotify_init", ADMIN, EPERM},

    /* its flags are in memory, where no filter sees them; the C library goes on with clone */
    {"clone3", NESTED, ENOSYS},

    /* files by number, past the directories above them: how "shocker" read the host's */
    {"open_by_handle_at", CAP_BIT(CAP_DAC_READ_SEARCH), EPERM},

    /* the processor's counters tell of other zones */
    {"perf_event_open", ADMIN | CAP_BIT(CAP_PERFMON), EPERM},

    /* labels of the host's security modules */
    {"lsm_get_self_attr lsm_set_self_attr lsm_list_modules", ADMIN, ENOSYS},

    /* large and often broken into; Docker had io_uring open until 2023, nspawn has userfaultfd */
    {"io_uring_setup io_uring_enter io_uring_register", NEVER, EPERM},
    {"userfaultfd", NEVER, EPERM},

    /* another process's descriptors and memory hints. ptrace itself is open as in Docker: the
     * kernel lets it reach no process with more rights, and asks the filter after it (Linux 4.8) */
    {"kcmp pidfd_getfd process_madvise", CAP_BIT(CAP_SYS_PTRACE), EPERM},

    /* where memory lies on the host; what stays in memory (Docker allows mlock) */
    {"mbind set_mempolicy set_mempolicy_home_node get_mempolicy migrate_pages move_pages",
	CAP_BIT(CAP_SYS_NICE), EPERM},
    {"mlock mlock2 mlockall", CAP_BIT(CAP_IPC_LOCK), EPERM},

    {"vhangup", CAP_BIT(CAP_SYS_TTY_CONFIG), EPERM},

    /* which parts of the shared files others have read lately, as their owner is told (HACKING,
     * "What an owner may"); Docker allows both */
    {"cachestat mincore", NEVER, ENOSYS},

    /* Podman refuses it, too */
    {"map_shadow_stack", NEVER, ENOSYS},

    /* of 16-bit programs, and often broken into; Docker allows modify_ldt */
    {"modify_ldt vm86 vm86old", NEVER, EPERM},

    /* nobody calls these any more */
    {"_sysctl sysfs ustat uselib nfsservctl lookup_dcookie getpmsg putpmsg afs_syscall tuxcall "
     "security vserver",
	NEVER, ENOSYS},
};

/* The kernel looks at the lower half of these arguments alone. */
#define FLAG(n)                                                                                    \
	{                                                                                          \
		0, SCMP_CMP_MASKED_EQ, n, n                                                        \
	}
#define ARG(i, n)                                                                                  \
	{                                                                                          \
		i, SCMP_CMP_MASKED_EQ, UINT32_MAX, n                                               \
	}

/* Refused by an argument. */
static const struct {
	const char *call;
	uint64_t by;
	int code;
	struct scmp_arg_cmp arg;
} args[] = {
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWNS)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWCGROUP)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWUTS)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWIPC)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWUSER)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWPID)},
    {"clone", NESTED, EPERM, FLAG(CLONE_NEWNET)},

    /* what the owner of a file may do to others who open it (HACKING, "What an owner may"): hold
     * them up by a lease, as it may on no file system that has none; throw it out of memory */
    {"fcntl", NEVER, EINVAL, ARG(1, F_SETLEASE)},
    {"fcntl", NEVER, EINVAL, {1, SCMP_CMP_GT, FCNTL_JUDGED, 0}},
    {"madvise", NEVER, EINVAL, ARG(2, MADV_PAGEOUT)},
    {"process_madvise", NEVER, EINVAL, ARG(3, MADV_PAGEOUT)},

    /* typing into another's terminal, and what a virtual terminal was asked to paste */
    {"ioctl", NEVER, EPERM, ARG(1, TIOCSTI)},
    {"ioctl", NEVER, EPERM, ARG(1, TIOCLINUX)},

    /* no namespace holds them: other machines' buses, the kernel's ciphers. Vsock reaches a VM's
       host */
    {"socket", NEVER, EAFNOSUPPORT, ARG(0, AF_VSOCK)},
    {"socket", NEVER, EAFNOSUPPORT, ARG(0, AF_ALG)},
    {"socket", CAP_BIT(CAP_NET_RAW), EPERM, ARG(0, AF_PACKET)},
    /* rare families, whose modules a socket would load: all behind packet, and these before it */
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, {0, SCMP_CMP_GT, AF_PACKET, 0}},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_AX25)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_APPLETALK)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_NETROM)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_ATMPVC)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_X25)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_ROSE)},
    {"socket", CAP_BIT(CAP_NET_ADMIN), EAFNOSUPPORT, ARG(0, AF_KEY)},
};

/* Of rows, what is newer than libseccomp 2.5.3 (Ubuntu 22.04): the kernel may have it
 * nevertheless. */
static const struct {
	const char *call;
	int number;
} newer[] = {
    {"set_mempolicy_home_node", 450},
    {"cachestat", 451},
    {"map_shadow_stack", 453},
    {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},
    {"open_tree_attr", 467},
};

static int number_of(const char *call)
{
	int nr = seccomp_syscall_resolve_name(call);
	for (size_t i = 0; nr == __NR_SCMP_ERROR && i < NELEM(newer); i++)
		if (strcmp(newer[i].call, call) == 0)
			nr = newer[i].number;
	return nr;
}

/* -1: libseccomp's errno. A name that this architecture has not is none of our concern. */
static int call_refuse(
    scmp_filter_ctx c, const char *call, int code, unsigned n, const struct scmp_arg_cmp *a)
{
	int nr = number_of(call);
	int r = nr < 0 ? 0 : seccomp_rule_add_array(c, SCMP_ACT_ERRNO((unsigned)code), nr, n, a);
	errno = -r;
	return r < 0 ? err_sys("filter %s", call) : 0;
}

static int refuse_all(scmp_filter_ctx c, const char *calls, int code)
{
	char *copy = xstrdup(calls), *rest = copy, *call;
	int r = 0;
	while (r == 0 && (call = strsep(&rest, " ")) != NULL)
		r = call_refuse(c, call, code, 0, NULL);
	free(copy);
	return r;
}

static int fill(scmp_filter_ctx c, uint64_t caps)
{
	seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a row of comparisons */
	seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < NELEM(rows); i++)
		if ((rows[i].by & caps) == 0 && refuse_all(c, rows[i].calls, rows[i].code) < 0)
			return -1;
	for (size_t i = 0; i < NELEM(args); i++)
		if ((args[i].by & caps) == 0 &&
		    call_refuse(c, args[i].call, args[i].code, 1, &args[i].arg) < 0)
			return -1;
	return 0;
}

/* Ahead of libseccomp's program comes what it can't say: all numbers that nobody has judged, and
 * which personalities there are: those that Docker allows, and asking (personality(2)). It begins
 * by loading what it looks at, and jumps are relative, so nothing in it changes. */
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define IF(test, k, yes, no) BPF_JUMP(BPF_JMP | BPF_##test | BPF_K, k, yes, no)
#define REFUSE(code) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (code))
#define LOW_HALF (__BYTE_ORDER == __LITTLE_ENDIAN ? 0 : 4)
static const struct sock_filter prologue[] = {
    LOAD(offsetof(struct seccomp_data, nr)),
    IF(JGT, JUDGED, 2, 0),
    IF(JGE, COMMON, 2, 0),
    IF(JGT, OLD_JUDGED, 0, 1),
    REFUSE(ENOSYS),
    IF(JEQ, __NR_personality, 0, 5),
    LOAD(offsetof(struct seccomp_data, args) + LOW_HALF),
    IF(JEQ, UINT32_MAX, 3, 0),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~(uint32_t)(PER_LINUX32 | UNAME26)),
    IF(JEQ, 0, 1, 0),
    REFUSE(EPERM),
};

/* libseccomp writes programs to descriptors. */
static int program_export(scmp_filter_ctx c, struct sock_fprog *p)
{
	cleanup_fd int fd = memfd_create("filter", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(c, fd);
	off_t size = r < 0 ? 0 : lseek(fd, 0, SEEK_END);
	size_t n = (size_t)size / sizeof(*p->filter);
	errno = -r;
	if (r < 0 || size <= 0 || n + NELEM(prologue) > BPF_MAXINSNS)
		return err_sys("make a filter");
	p->filter = xcalloc(n + NELEM(prologue), sizeof(*p->filter));
	p->len = (unsigned short)(n + NELEM(prologue));
	memcpy(p->filter, prologue, sizeof(prologue));
	return pread(fd, p->filter + NELEM(prologue), (size_t)size, 0) == size
		   ? 0
		   : err_sys("read a filter");
}

static int filter_make(uint64_t caps, struct sock_fprog *p)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
	if (c == NULL)
		return err_set(EIO, "libseccomp makes no filter");
	int r = fill(c, caps) < 0 ? -1 : program_export(c, p);
	seccomp_release(c);
	return r;
}

/* The privileges that open rows: sets that are alike in these share a filter. */
static uint64_t caps_relevant(uint64_t caps)
{
	uint64_t mask = 0;
	for (size_t i = 0; i < NELEM(rows); i++)
		mask |= rows[i].by;
	for (size_t i = 0; i < NELEM(args); i++)
		mask |= args[i].by;
	return caps & mask;
}

static struct {
	uint64_t caps;
	struct sock_fprog prog; /* filter NULL: not made */
} usual, other;

int filter_prepare(uint64_t caps)
{
	usual.caps = caps_relevant(caps);
	return filter_make(caps, &usual.prog) < 0 ? err_wrap("the system calls of zones") : 0;
}

const struct sock_fprog *filter_of(uint64_t caps)
{
	caps = caps_relevant(caps);
	if (usual.prog.filter != NULL && usual.caps == caps)
		return &usual.prog;
	if (other.prog.filter != NULL && other.caps == caps)
		return &other.prog;
	free(other.prog.filter);
	other.prog.filter = NULL;
	other.caps = caps;
	return filter_make(caps, &other.prog) < 0 ? NULL : &other.prog;
}

int filter_file(uint64_t caps)
{
	const struct sock_fprog *p = filter_of(caps);
	cleanup_fd int fd = p != NULL ? memfd_create("filter", MFD_CLOEXEC) : -1;
	if (fd < 0)
		return p == NULL ? -1 : err_sys("make a file of a filter");
	if (fd_write_all(fd, p->filter, p->len * sizeof(*p->filter)) < 0)
		return err_sys("write a filter");
	return fd_move(&fd);
}

int filter_enter(uint64_t caps)
{
	const struct sock_fprog *p = filter_of(caps);
	if (p == NULL)
		return -1;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, p) < 0)
		return err_sys("filter system calls");
	return 0;
}
