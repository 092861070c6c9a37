#include "vm/kvm/kvm_guest.h"

#include "base/list.h"

/* Bits of CPUID without which a step is left out: SDM 2A, CPUID. */
#define ALWAYS NULL
static const struct kvm_need cx16_bit = {1, 0, KVM_ECX, 13};
static const struct kvm_need xsave_bit = {1, 0, KVM_ECX, 26};
static const struct kvm_need fsgsbase_bit = {7, 0, KVM_EBX, 0};
static const struct kvm_need invpcid_bit = {7, 0, KVM_EBX, 10};
static const struct kvm_need smap_bit = {7, 0, KVM_EBX, 20};
static const struct kvm_need xsaveopt_bit = {0xd, 1, KVM_EAX, 0};
static const struct kvm_need xsavec_bit = {0xd, 1, KVM_EAX, 1};
static const struct kvm_need xsaves_bit = {0xd, 1, KVM_EAX, 3};
static const struct kvm_need rdtscp_bit = {0x80000001, 0, KVM_EDX, 27};

/* STEP(label, name, need, code): what Linux does on its way to user space, plain things first, so
 * that the name of the step that fails tells the most. Label 9, behind the step, reports a wrong
 * result. MSRs: SDM 4, 2.1; the local APIC's registers: SDM 3A, 11.4.1. */
#define STEPS(STEP)                                                                                \
	STEP(cpuid, "cpuid", ALWAYS, "cpuid; test %eax, %eax; jz 9f")                              \
	STEP(                                                                                      \
	    segments, "mov to ds and ss", ALWAYS, "mov $0x10, %eax; mov %eax, %ds; mov %eax, %ss") \
	STEP(lret, "lretq", ALWAYS, "push $8; lea 1f(%rip), %rax; push %rax; lretq; 1:")           \
	STEP(lgdt, "sgdt and lgdt", ALWAYS, "sgdt (%rdi); lgdt (%rdi)")                            \
	STEP(lidt, "sidt and lidt", ALWAYS, "sidt (%rdi); lidt (%rdi)")                            \
	STEP(efer, "rdmsr and wrmsr of EFER", ALWAYS, /* SCE on: syscall below needs it */         \
	    "mov $0xc0000080, %ecx; rdmsr; or $1, %eax; wrmsr")                                    \
	STEP(cr0, "mov to cr0 and clts", ALWAYS,                                                   \
	    "mov %cr0, %rax; or $8, %eax; mov %rax, %cr0; clts")                                   \
	STEP(cr3, "mov to cr3", ALWAYS, "mov %cr3, %rax; mov %rax, %cr3")                          \
	STEP(cr4, "mov to cr4", ALWAYS, /* PGE on and off: flushes the TLB */                      \
	    "mov %cr4, %rax; xor $0x80, %al; mov %rax, %cr4; xor $0x80, %al; mov %rax, %cr4")      \
	STEP(dr7, "mov to dr7", ALWAYS, "mov %dr7, %rax; mov %rax, %dr7")                          \
	STEP(invlpg, "invlpg", ALWAYS, "invlpg (%rdi)")                                            \
	STEP(invpcid, "invpcid", &invpcid_bit, /* type 2: all contexts */                          \
	    "mov $2, %eax; movq $0, (%rdi); movq $0, 8(%rdi);"                                     \
	    "invpcid (%rdi), %rax")                                                                \
	STEP(wbinvd, "wbinvd", ALWAYS, "wbinvd")                                                   \
	STEP(clflush, "clflush and mfence", ALWAYS, "clflush (%rdi); mfence")                      \
	STEP(rdtsc, "lfence and rdtsc", ALWAYS, "lfence; rdtsc; or %edx, %eax; jz 9f")             \
	STEP(rdtscp, "rdtscp", &rdtscp_bit, "rdtscp; or %edx, %eax; jz 9f")                        \
	STEP(popf, "pushfq and popfq", ALWAYS, "pushfq; popfq")                                    \
	STEP(swapgs, "swapgs", ALWAYS, "swapgs; swapgs")                                           \
	STEP(fsgsbase, "rdgsbase and wrgsbase", &fsgsbase_bit, /* CR4.FSGSBASE */                  \
	    "mov %cr4, %rax; bts $16, %rax; mov %rax, %cr4; rdgsbase %rax; wrgsbase %rax")         \
	STEP(smap, "stac and clac", &smap_bit, "stac; clac")                                       \
	STEP(rep, "rep stosq and rep movsb", ALWAYS,                                               \
	    "mov %rdi, %rsi; mov $8, %ecx; mov $-1, %rax; rep stosq;"                              \
	    "mov $64, %ecx; rep movsb; cmp %rax, -8(%rdi); jne 9f")                                \
	STEP(bts, "lock bts", ALWAYS, "movl $0, (%rdi); lock btsl $9, (%rdi); jc 9f")              \
	STEP(xadd, "lock xadd", ALWAYS,                                                            \
	    "movl $5, (%rdi); mov $7, %eax; lock xadd %eax, (%rdi); cmp $5, %eax; jne 9f")         \
	STEP(cmpxchg, "lock cmpxchg", ALWAYS,                                                      \
	    "movq $0, (%rdi); mov $3, %ecx; lock cmpxchg %rcx, (%rdi); jnz 9f")                    \
	STEP(cmpxchg8b, "lock cmpxchg8b", ALWAYS,                                                  \
	    "movq $0, (%rdi); mov $3, %ebx; lock cmpxchg8b (%rdi); jnz 9f")                        \
	STEP(cmpxchg16b, "cmpxchg16b", &cx16_bit, /* scratch + 0x100 is zero */                    \
	    "mov $3, %ebx; lock cmpxchg16b 0x100(%rdi); jnz 9f; cmpl $3, 0x100(%rdi); jne 9f")     \
	STEP(movnti, "movnti and sfence", ALWAYS,                                                  \
	    "movnti %rdi, (%rdi); sfence; cmp %rdi, (%rdi); jne 9f")                               \
	STEP(fninit, "fninit", ALWAYS, "fninit")                                                   \
	STEP(ldmxcsr, "stmxcsr and ldmxcsr", ALWAYS, "stmxcsr (%rdi); ldmxcsr (%rdi)")             \
	STEP(movaps, "movq and movaps of xmm0", ALWAYS, "movq %rdi, %xmm0; movaps %xmm0, (%rdi)")  \
	STEP(fxsave, "fxsave", ALWAYS, "movq %rdi, %xmm0; fxsave64 0x200(%rdi)")                   \
	STEP(fxrstor, "fxrstor", ALWAYS,                                                           \
	    "pxor %xmm0, %xmm0; fxrstor64 0x200(%rdi); movq %xmm0, %rax; cmp %rdi, %rax;"          \
	    "jne 9f")                                                                              \
	STEP(xsetbv, "xsetbv", &xsave_bit, /* CR4.OSXSAVE, then all but AMX (17, 18) */            \
	    "mov %cr4, %rax; bts $18, %rax; mov %rax, %cr4;"                                       \
	    "mov $0xd, %eax; cpuid; and $0x2ff, %eax; xor %edx, %edx; xor %ecx, %ecx; xsetbv")     \
	STEP(xgetbv, "xgetbv", &xsave_bit, "xgetbv; cmp $1, %eax; jbe 9f") /* SSE at least */      \
	STEP(xsave, "xsave", &xsave_bit, /* -1: all that XCR0 has; the same below */               \
	    "mov $-1, %eax; mov %eax, %edx; movq %rdi, %xmm0; xsave64 0x1000(%rdi)")               \
	STEP(xrstor, "xrstor", &xsave_bit,                                                         \
	    "mov $-1, %eax; mov %eax, %edx; pxor %xmm0, %xmm0; xrstor64 0x1000(%rdi);"             \
	    "movq %xmm0, %rax; cmp %rdi, %rax; jne 9f")                                            \
	STEP(xsaveopt, "xsaveopt", &xsaveopt_bit,                                                  \
	    "mov $-1, %eax; mov %eax, %edx; xsaveopt64 0x3000(%rdi)")                              \
	STEP(                                                                                      \
	    xsavec, "xsavec", &xsavec_bit, "mov $-1, %eax; mov %eax, %edx; xsavec64 0x4000(%rdi)") \
	STEP(                                                                                      \
	    xsaves, "xsaves", &xsaves_bit, "mov $-1, %eax; mov %eax, %edx; xsaves64 0x6000(%rdi)") \
	STEP(xrstors, "xrstors", &xsaves_bit,                                                      \
	    "mov $-1, %eax; mov %eax, %edx; xrstors64 0x6000(%rdi)")                               \
	STEP(breakpoint, "int3 and iretq", ALWAYS, "int3; cmp $1, %ebx; jne 9f")                   \
	STEP(star, "wrmsr of STAR and LSTAR", ALWAYS, /* STAR, then LSTAR: to label 1 below */     \
	    "mov $0xc0000081, %ecx; mov $0x100008, %edx; wrmsr;"                                   \
	    "mov $0xc0000082, %ecx; lea 1f(%rip), %rax; mov %rax, %rdx; shr $32, %rdx; wrmsr")     \
	STEP(syscall, "sysretq and syscall", ALWAYS, /* to ring 3 and back */                      \
	    "lea 2f(%rip), %rcx; mov $2, %r11d; mov %rsp, %r15; sysretq;"                          \
	    "2: xor %esp, %esp; syscall; jmp 9f;"                                                  \
	    "1: mov %r15, %rsp")                                                                   \
	STEP(pic, "in from the PIC", ALWAYS, "in $0x21, %al; pause")                               \
	STEP(timer, "hlt until the APIC's timer", ALWAYS, /* spurious vector, one shot, in 1000 */ \
	    "movl $0x1ff, 0xf0(%r8); movl $32, 0x320(%r8); movl $0xb, 0x3e0(%r8);"                 \
	    "movl $1000, 0x380(%r8); sti; hlt; cli; cmp $1, %ebx; jne 9f")

/* The end of a step: al is the result, the port's number stands in the instruction. */
#define END "xor %eax, %eax; out %al, $0x80; ud2; 9: mov $1, %al; out %al, $0x80; ud2"
#define IN_GUEST(label, code)                                                                      \
	__asm__(".pushsection kvm_guest, \"a\"; .globl " #label "\n" #label ": " code              \
		"\n.popsection");
#define CODE(label, name, need, code) IN_GUEST(kvm_step_##label, code "; " END)

STEPS(CODE)
IN_GUEST(kvm_guest_rate, "mov $100000, %ecx; 1: dec %ecx; jnz 1b; " END)
IN_GUEST(kvm_guest_breakpoint, "inc %ebx; iretq")
IN_GUEST(kvm_guest_timer, "inc %ebx; movl $0, 0xb0(%r8); iretq") /* end of interrupt */
IN_GUEST(kvm_guest_fault, "mov $2, %al; out %al, $0x80; ud2")

#define DECLARE(label, name, need, code) extern const char kvm_step_##label[];
STEPS(DECLARE)

#define ROW(label, name, need, code) {name, need, kvm_step_##label},
const struct kvm_step kvm_steps[] = {STEPS(ROW)};
const size_t kvm_nsteps = NELEM(kvm_steps);

_Static_assert(KVM_GUEST_PORT == 0x80 && KVM_GUEST_DONE == 0 && KVM_GUEST_WRONG == 1 &&
		   KVM_GUEST_FAULT == 2 && KVM_GUEST_TIMER == 32 && KVM_GUEST_CODE == 8 &&
		   KVM_GUEST_DATA == 0x10 && KVM_GUEST_RATE_INSNS == 200000,
    "the assembly has these as numbers");
