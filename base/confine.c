#include "base/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/list.h"

#if defined(__x86_64__)
enum { ARCH = (int)AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { ARCH = (int)AUDIT_ARCH_AARCH64 };
#elif defined(__riscv)
enum { ARCH = (int)AUDIT_ARCH_RISCV64 };
#else
#error "name this architecture for the filter of system calls (linux/audit.h)"
#endif

/* Calls about other programs and processes, mounts, namespaces and the kernel. No confined program
 * needs one, and none of its libraries does. */
static const long attacks[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_writev,
    SYS_setns,
    SYS_unshare,
    SYS_mount,
    SYS_move_mount,
    SYS_open_by_handle_at,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_init_module,
    SYS_finit_module,
    SYS_kexec_load,
    SYS_setuid,
    SYS_capset,
};

enum {
	ROWS = CONFINED_CALLS + NELEM(attacks),
	SPANS = 2 * ROWS + 1,
	PROGRAM_MAX = 8 + 6 * ROWS + 3 * SPANS, /* a row, and a span with its node of the tree */
	JUMP_MAX = 255,
	NEAR = 80, /* this many spans: half of them are always within the reach of a short jump */
};

struct row {
	struct confined_call call;
	uint32_t action;
};

/* What to do with the system calls numbered from this one up to the next span's. */
struct span {
	uint32_t from;
	const struct row *rows; /* of one call by its arguments; NULL: always `action` */
	size_t n;
	uint32_t action;
};

struct program {
	struct sock_filter at[PROGRAM_MAX];
	unsigned short n;
	bool far; /* a jump is too long for the form it has */
};

static const uint32_t unknown = SECCOMP_RET_ERRNO | ENOSYS;

/* ---- from rows to spans ---- */

static int by_number(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return (x->call.number > y->call.number) - (x->call.number < y->call.number);
}

static size_t rows_of(struct row *r, const struct confined_call *calls, size_t n, enum confined who)
{
	for (size_t i = 0; i < n; i++)
		r[i] = (struct row){calls[i], SECCOMP_RET_ALLOW};
	for (size_t i = 0; who == CONFINED_OURS && i < NELEM(attacks); i++)
		r[n++] = (struct row){{attacks[i], 0, 0, 0}, SECCOMP_RET_KILL_PROCESS};
	qsort(r, n, sizeof(*r), by_number);
	return n;
}

/* A span that does the same as the one before is joined to it. */
static size_t span_add(struct span *s, size_t n, struct span new)
{
	struct span *last = n > 0 ? &s[n - 1] : NULL;
	if (last != NULL && last->from == new.from)
		n--; /* the last was empty */
	last = n > 0 ? &s[n - 1] : NULL;
	if (last != NULL && last->rows == NULL && new.rows == NULL && last->action == new.action)
		return n;
	s[n] = new;
	return n + 1;
}

static size_t spans_of(struct span *s, const struct row *r, size_t n)
{
	size_t spans = span_add(s, 0, (struct span){0, NULL, 0, unknown});
	for (size_t i = 0, same; i < n; i += same) {
		uint32_t number = (uint32_t)r[i].call.number;
		for (same = 1; i + same < n && r[i + same].call.number == r[i].call.number; same++)
			;
		bool always = r[i].call.mask == 0;
		spans = span_add(
		    s, spans, (struct span){number, always ? NULL : &r[i], same, r[i].action});
		spans = span_add(s, spans, (struct span){number + 1, NULL, 0, unknown});
	}
	return spans;
}

/* ---- from spans to a program ---- */

static void op_put(struct program *p, struct sock_filter op)
{
	p->at[p->n++] = op;
}

static void put_load(struct program *p, size_t offset)
{
	op_put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void put_return(struct program *p, uint32_t action)
{
	op_put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void put_span(struct program *p, const struct span *s)
{
	for (size_t i = 0; s->rows != NULL && i < s->n; i++) {
		const struct confined_call *c = &s->rows[i].call;
		/* the lower half of the argument: all machines above are little-endian */
		put_load(p, offsetof(struct seccomp_data, args) + 8 * c->arg);
		op_put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, c->mask));
		op_put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c->bits, 0, 1));
		put_return(p, s->action);
	}
	put_return(p, s->rows != NULL ? unknown : s->action);
}

/* A search tree: when a filter is loaded the kernel runs it once for each system call. Only an
 * unconditional jump may be long. */
static void put_tree(struct program *p, const struct span *s, size_t n)
{
	if (n == 1) {
		put_span(p, s);
		return;
	}
	unsigned short node = p->n, begin = p->n = (unsigned short)(p->n + (n > NEAR ? 2 : 1));
	put_tree(p, s, n / 2);
	unsigned over = (unsigned)(p->n - begin);
	p->at[node] = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JGE | BPF_K, s[n / 2].from, (uint8_t)(n > NEAR ? 0 : over), n > NEAR);
	if (n > NEAR)
		p->at[node + 1] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, over);
	p->far = p->far || (n <= NEAR && over > JUMP_MAX);
	put_tree(p, s + n / 2, n - n / 2);
}

static void program_make(struct program *p, const struct span *s, size_t n)
{
	p->n = 0;
	p->far = false;
	put_load(p, offsetof(struct seccomp_data, arch));
	op_put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ARCH, 1, 0));
	put_return(p, SECCOMP_RET_KILL_PROCESS);
	put_load(p, offsetof(struct seccomp_data, nr));
	put_tree(p, s, n);
}

static int load(const struct program *p, enum confined who)
{
	struct sock_fprog prog = {.len = p->n, .filter = (struct sock_filter *)(uintptr_t)p->at};
	/* where no foreign code runs speculation may stay on (the default of Linux 5.16 on) */
	unsigned flags =
	    SECCOMP_FILTER_FLAG_LOG | (who == CONFINED_OURS ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog) < 0)
		return err_sys("filter system calls");
	return 0;
}

/* Memory that is freed afterwards: a thousand monitors do this. */
struct scratch {
	struct row rows[ROWS];
	struct span spans[SPANS];
	struct program program;
};

int confine_calls(const struct confined_call *calls, size_t n, enum confined who)
{
	if (!CONFINED)
		return 0;
	if (n > CONFINED_CALLS)
		return err_set(E2BIG, "%zu system calls are too many for a list", n);
	struct scratch *t =
	    mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return err_sys("no memory");
	program_make(
	    &t->program, t->spans, spans_of(t->spans, t->rows, rows_of(t->rows, calls, n, who)));
	int r = t->program.far ? err_set(E2BIG, "a list of system calls is too long")
			       : load(&t->program, who);
	int code = munmap(t, sizeof(*t));
	return code < 0 ? err_sys("give memory back") : r;
}
