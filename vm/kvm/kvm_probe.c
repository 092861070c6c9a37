#include "vm/kvm/kvm_probe.h"

#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/mem.h"
#include "vm/kvm/kvm_guest.h"

/* The guest's memory. Flags of page table entries: SDM 3A, 4.5. */
enum {
	PML4 = 0x1000,
	PDPT = 0x2000,
	PD_LOW = 0x3000,
	PD_APIC = 0x4000,
	GDT = 0x5000,
	IDT = 0x6000,
	CODE = 0x8000, /* about 2 KiB */
	SCRATCH = 0x10000,
	STACK = 0x20000,
	MEM_SIZE = 2 << 20, /* one large page */

	PG_TABLE = 0x7, /* present, writable, user */
	PG_LARGE = 0x87, /* and 2 MiB */
	PG_DEVICE = 0x93, /* present, writable, not cached, 2 MiB */
};

static const uint64_t apic_base = 0xfee00000; /* SDM 3A, 11.4.1 */

/* Instructions a second: hardware does some 10^9, TCG some 10^8, and a KVM that emulates the
 * guest's kernel mode some 10^6. */
static const double rate_min = 1e8;
enum { RATE_TRIES = 3, CPUID_MAX = 256 };

/* What QEMU 7.2 asks of KVM on x86 before it starts a VM (accel/kvm/kvm-all.c and
 * target/i386/kvm/kvm.c), the interrupt controllers and timer that its machines keep in KVM, and
 * the way that the probe's own timer ends a guest. */
static const struct {
	int number;
	const char *name;
} extensions[] = {
    {KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY"},
    {KVM_CAP_DESTROY_MEMORY_REGION_WORKS, "KVM_CAP_DESTROY_MEMORY_REGION_WORKS"},
    {KVM_CAP_JOIN_MEMORY_REGIONS_WORKS, "KVM_CAP_JOIN_MEMORY_REGIONS_WORKS"},
    {KVM_CAP_SET_TSS_ADDR, "KVM_CAP_SET_TSS_ADDR"},
    {KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID"},
    {KVM_CAP_MP_STATE, "KVM_CAP_MP_STATE"},
    {KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP"},
    {KVM_CAP_PIT2, "KVM_CAP_PIT2"},
    {KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT"},
};

static const char *const exits[] = {
    [KVM_EXIT_UNKNOWN] = "KVM_EXIT_UNKNOWN",
    [KVM_EXIT_EXCEPTION] = "KVM_EXIT_EXCEPTION",
    [KVM_EXIT_IO] = "KVM_EXIT_IO",
    [KVM_EXIT_HLT] = "KVM_EXIT_HLT",
    [KVM_EXIT_MMIO] = "KVM_EXIT_MMIO",
    [KVM_EXIT_SHUTDOWN] = "KVM_EXIT_SHUTDOWN",
    [KVM_EXIT_FAIL_ENTRY] = "KVM_EXIT_FAIL_ENTRY",
    [KVM_EXIT_INTERNAL_ERROR] = "KVM_EXIT_INTERNAL_ERROR",
};

static const char *const results[] = {
    [KVM_GUEST_WRONG] = "a wrong result",
    [KVM_GUEST_FAULT] = "an exception",
};

struct probe {
	int kvm, vm, vcpu; /* kvm is borrowed */
	unsigned msec;
	uint8_t *mem;
	struct kvm_run *run;
	size_t run_size;
	struct kvm_cpuid2 *cpuid;
};

/* The time bound. The handler sets immediate_exit, which KVM_RUN looks at first: so a signal
 * between our look and KVM's is not lost (KVM API, 5). */
static struct kvm_run *volatile kicked;

static void run_kick(int sig)
{
	(void)sig;
	kicked->immediate_exit = 1;
}

struct bound {
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

static void bound_begin(struct bound *old, struct kvm_run *run, unsigned msec)
{
	struct sigaction sa = {.sa_handler = run_kick};
	struct itimerval it = {
	    .it_value = {(time_t)(msec / 1000), (suseconds_t)(msec % 1000) * 1000}};
	sigset_t alarm;

	kicked = run;
	sigaction(SIGALRM, &sa, &old->action);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, &old->mask);
	setitimer(ITIMER_REAL, &it, &old->timer);
}

static void bound_end(const struct bound *old)
{
	static const struct itimerval off;

	setitimer(ITIMER_REAL, &off, NULL); /* before the handler goes: SIGALRM kills without it */
	sigaction(SIGALRM, &old->action, NULL);
	sigprocmask(SIG_SETMASK, &old->mask, NULL);
	setitimer(ITIMER_REAL, &old->timer, NULL);
}

static int extension_missing(const char *what)
{
	return err_set(EOPNOTSUPP, "%s: %s", what, strerror(errno));
}

static int check_api(int kvm)
{
	int version = ioctl(kvm, KVM_GET_API_VERSION, 0);

	if (version < 0)
		return extension_missing("KVM_GET_API_VERSION");
	if (version != KVM_API_VERSION)
		return err_set(EOPNOTSUPP, "KVM's API is version %d, not 12", version);
	for (size_t i = 0; i < NELEM(extensions); i++)
		if (ioctl(kvm, KVM_CHECK_EXTENSION, extensions[i].number) <= 0)
			return err_set(EOPNOTSUPP, "this host's KVM lacks %s", extensions[i].name);
	return 0;
}

static void memory_put(struct probe *p, size_t at, uint64_t value)
{
	memcpy(p->mem + at, &value, sizeof(value));
}

/* Memory as it is, in one large page, and the APIC's page where it is. */
static void put_pages(struct probe *p)
{
	memory_put(p, PML4, PDPT | PG_TABLE);
	memory_put(p, PDPT, PD_LOW | PG_TABLE);
	memory_put(p, PDPT + 8 * (apic_base >> 30), PD_APIC | PG_TABLE);
	memory_put(p, PD_LOW, PG_LARGE);
	memory_put(p, PD_APIC + 8 * (apic_base >> 21 & 511), (apic_base >> 21 << 21) | PG_DEVICE);
}

static uint64_t guest_address(const char *code)
{
	return CODE + ((uintptr_t)code - (uintptr_t)kvm_guest_code);
}

/* A 64-bit interrupt gate: SDM 3A, 6.14.1. All code is below 64 KiB. */
static void put_gate(struct probe *p, size_t vector, const char *handler)
{
	memory_put(
	    p, IDT + 16 * vector, guest_address(handler) | KVM_GUEST_CODE << 16 | 0x8e00ull << 32);
}

static void put_tables(struct probe *p)
{
	memory_put(
	    p, GDT + KVM_GUEST_CODE, 0x00209b0000000000); /* SDM 3A, 3.4.5: type, S, DPL, P; L */
	memory_put(p, GDT + KVM_GUEST_DATA, 0x00cf93000000ffff);
	memory_put(p, GDT + KVM_GUEST_USER_DATA, 0x00cff3000000ffff);
	memory_put(p, GDT + KVM_GUEST_USER_CODE, 0x0020fb0000000000);
	for (size_t v = 0; v < KVM_GUEST_TIMER; v++)
		put_gate(p, v, v == KVM_GUEST_BREAKPOINT ? kvm_guest_breakpoint : kvm_guest_fault);
	put_gate(p, KVM_GUEST_TIMER, kvm_guest_timer);
}

static int make_memory(struct probe *p)
{
	struct kvm_userspace_memory_region region = {.memory_size = MEM_SIZE};

	p->mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->mem == MAP_FAILED)
		return extension_missing("memory for the probe's guest");
	put_pages(p);
	put_tables(p);
	memcpy(p->mem + CODE, kvm_guest_code, guest_address(kvm_guest_end) - CODE);
	region.userspace_addr = (uintptr_t)p->mem;
	if (ioctl(p->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return extension_missing("KVM_SET_USER_MEMORY_REGION");
	return 0;
}

/* The machine as QEMU makes it; the address is where QEMU's is, below the BIOS. */
static int make_vm(struct probe *p)
{
	struct kvm_pit_config pit = {0};

	p->vm = ioctl(p->kvm, KVM_CREATE_VM, 0);
	if (p->vm < 0)
		return extension_missing("KVM_CREATE_VM");
	if (ioctl(p->vm, KVM_SET_TSS_ADDR, 0xfeffd000) < 0)
		return extension_missing("KVM_SET_TSS_ADDR");
	if (ioctl(p->vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return extension_missing("KVM_CREATE_IRQCHIP");
	if (ioctl(p->vm, KVM_CREATE_PIT2, &pit) < 0)
		return extension_missing("KVM_CREATE_PIT2");
	return make_memory(p);
}

static int make_cpuid(struct probe *p)
{
	p->cpuid = xcalloc(1, sizeof(*p->cpuid) + CPUID_MAX * sizeof(p->cpuid->entries[0]));
	p->cpuid->nent = CPUID_MAX;
	if (ioctl(p->kvm, KVM_GET_SUPPORTED_CPUID, p->cpuid) < 0)
		return extension_missing("KVM_GET_SUPPORTED_CPUID");
	if (ioctl(p->vcpu, KVM_SET_CPUID2, p->cpuid) < 0)
		return extension_missing("KVM_SET_CPUID2");
	return 0;
}

static int make_vcpu(struct probe *p)
{
	int size = ioctl(p->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

	if (size < (int)sizeof(*p->run))
		return extension_missing("KVM_GET_VCPU_MMAP_SIZE");
	p->vcpu = ioctl(p->vm, KVM_CREATE_VCPU, 0);
	if (p->vcpu < 0)
		return extension_missing("KVM_CREATE_VCPU");
	p->run_size = (size_t)size;
	p->run = mmap(NULL, p->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, p->vcpu, 0);
	if (p->run == MAP_FAILED)
		return extension_missing("mmap of the VCPU");
	return make_cpuid(p);
}

static struct kvm_segment segment_set(uint16_t selector, uint8_t type)
{
	return (struct kvm_segment){.selector = selector,
	    .type = type,
	    .limit = 0xffffffff,
	    .present = 1,
	    .s = 1,
	    .g = 1,
	    .l = selector == KVM_GUEST_CODE,
	    .db = selector != KVM_GUEST_CODE};
}

/* Straight into long mode, as a boot loader with the 64-bit protocol leaves it. */
static int enter_long_mode(struct probe *p)
{
	struct kvm_sregs s;

	if (ioctl(p->vcpu, KVM_GET_SREGS, &s) < 0)
		return extension_missing("KVM_GET_SREGS");
	s.cr0 = 0x80050033; /* PG, AM, WP, NE, ET, MP, PE: what Linux sets. SDM 3A, 2.5 */
	s.cr3 = PML4;
	s.cr4 = 0x620; /* OSXMMEXCPT, OSFXSR, PAE */
	s.efer = 0x500; /* LMA, LME */
	s.cs = segment_set(KVM_GUEST_CODE, 0xb);
	s.ds = s.es = s.fs = s.gs = s.ss = segment_set(KVM_GUEST_DATA, 0x3);
	s.gdt.base = GDT;
	s.gdt.limit = KVM_GUEST_USER_CODE + 7;
	s.idt.base = IDT;
	s.idt.limit = 16 * (KVM_GUEST_TIMER + 1) - 1;
	if (ioctl(p->vcpu, KVM_SET_SREGS, &s) < 0)
		return extension_missing("KVM_SET_SREGS");
	return 0;
}

static bool cpu_has(const struct probe *p, const struct kvm_need *need)
{
	if (!need)
		return true;
	for (uint32_t i = 0; i < p->cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &p->cpuid->entries[i];
		const uint32_t regs[] = {e->eax, e->ebx, e->ecx, e->edx};
		if (e->function == need->leaf && e->index == need->index)
			return regs[need->reg] >> need->bit & 1;
	}
	return false;
}

static const char *exit_name(uint32_t reason)
{
	if (reason < NELEM(exits) && exits[reason])
		return exits[reason];
	return "an unknown exit";
}

/* What follows from a failed step: another kernel may do without just that. */
#define VERDICT "auto does without KVM, accel=kvm tries it all the same"

static int fail_at(const char *what, const char *name)
{
	return err_set(EOPNOTSUPP, "%s at %s: " VERDICT, what, name);
}

static int too_late(unsigned msec, const char *name)
{
	return err_set(EOPNOTSUPP, "no end after %u ms at %s: " VERDICT, msec, name);
}

/* Run until the guest reports. EINTR without our timer is a stranger's signal. */
static int run_on(struct probe *p, const char *name)
{
	while (ioctl(p->vcpu, KVM_RUN, 0) < 0) {
		if (p->run->immediate_exit)
			return too_late(p->msec, name);
		if (errno != EINTR && errno != EAGAIN)
			return fail_at(strerror(errno), name);
	}
	return 0;
}

static int run_step(struct probe *p, const char *name, const char *code)
{
	struct kvm_regs regs = {.rip = guest_address(code),
	    .rflags = 2, /* always set */
	    .rsp = STACK,
	    .rdi = SCRATCH,
	    .r8 = apic_base};
	uint8_t result;

	if (ioctl(p->vcpu, KVM_SET_REGS, &regs) < 0)
		return fail_at("KVM_SET_REGS", name);
	if (run_on(p, name) < 0)
		return -1;
	if (p->run->exit_reason != KVM_EXIT_IO || p->run->io.port != KVM_GUEST_PORT)
		return fail_at(exit_name(p->run->exit_reason), name);
	result = *((uint8_t *)p->run + p->run->io.data_offset);
	if (result == KVM_GUEST_DONE)
		return 0;
	return fail_at(result < NELEM(results) ? results[result] : "a wrong result", name);
}

static int run_steps(struct probe *p)
{
	for (const struct kvm_step *s = kvm_steps; s < kvm_steps + kvm_nsteps; s++)
		if (cpu_has(p, s->need) && run_step(p, s->name, s->code) < 0)
			return -1;
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The best of some tries: a busy host can take the CPU away in the middle of one. */
static int run_rate(struct probe *p)
{
	double best = 0;

	for (int i = 0; i < RATE_TRIES && best < rate_min; i++) {
		double begin = now(), rate;
		if (run_step(p, "a counted loop", kvm_guest_rate) < 0)
			return -1;
		rate = KVM_GUEST_RATE_INSNS / (now() - begin);
		best = rate > best ? rate : best;
	}
	if (best >= rate_min)
		return 0;
	return err_set(EOPNOTSUPP,
	    "KVM emulates the guest's kernel mode, %.1f million instructions a second: "
	    "TCG is faster",
	    best / 1e6);
}

static int run_guest(struct probe *p)
{
	struct bound bound;
	int r;

	bound_begin(&bound, p->run, p->msec);
	r = run_steps(p);
	if (r == 0)
		r = run_rate(p);
	bound_end(&bound);
	return r;
}

static void probe_finish(struct probe *p)
{
	free(p->cpuid);
	if (p->run != MAP_FAILED)
		munmap(p->run, p->run_size);
	fd_close(&p->vcpu);
	fd_close(&p->vm);
	if (p->mem != MAP_FAILED)
		munmap(p->mem, MEM_SIZE);
}

int kvm_probe(int kvm_fd, unsigned msec)
{
	struct probe p = {.kvm = kvm_fd,
	    .vm = -1,
	    .vcpu = -1,
	    .msec = msec ? msec : 1, /* 0 would be no bound */
	    .mem = MAP_FAILED,
	    .run = MAP_FAILED};
	int r = check_api(kvm_fd);

	if (r == 0)
		r = make_vm(&p);
	if (r == 0)
		r = make_vcpu(&p);
	if (r == 0)
		r = enter_long_mode(&p);
	if (r == 0)
		r = run_guest(&p);
	probe_finish(&p);
	return r;
}
