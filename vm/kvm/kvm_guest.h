/* The guest that kvm_probe runs: 64-bit ring 0 code in steps. Each step is one row of a table, with
 * the name that the probe's sentences use and the instructions themselves; a step ends by writing
 * its result to KVM_GUEST_PORT. Rows may lean on the rows above them. */
#ifndef WARREN_VM_KVM_KVM_GUEST_H
#define WARREN_VM_KVM_KVM_GUEST_H

#include <stddef.h>
#include <stdint.h>

enum { KVM_GUEST_PORT = 0x80 }; /* the POST code's port: in no in-kernel device of KVM */
enum { KVM_GUEST_DONE, KVM_GUEST_WRONG, KVM_GUEST_FAULT }; /* what a step writes there */
enum { KVM_GUEST_BREAKPOINT = 3, KVM_GUEST_TIMER = 32 }; /* vectors with a handler of their own */

/* Selectors. SYSCALL and SYSRET ask for this order (SDM 3A, 5.8.8). */
enum {
	KVM_GUEST_CODE = 0x08,
	KVM_GUEST_DATA = 0x10,
	KVM_GUEST_USER_DATA = 0x18,
	KVM_GUEST_USER_CODE = 0x20,
};

/* A bit of CPUID. */
struct kvm_need {
	uint32_t leaf, index;
	enum { KVM_EAX, KVM_EBX, KVM_ECX, KVM_EDX } reg;
	unsigned bit;
};

struct kvm_step {
	const char *name;
	const struct kvm_need *need; /* the step is left out without it; NULL: always run */
	const char *code; /* within kvm_guest_code */
};

/* A step begins with rdi at 32 KiB of zeroed scratch that all steps share (aligned to 4 KiB), r8 at
 * the local APIC, rsp at the end of a stack, and the other registers 0. */
extern const struct kvm_step kvm_steps[];
extern const size_t kvm_nsteps;

/* A counted loop of KVM_GUEST_RATE_INSNS instructions, to measure speed with. */
enum { KVM_GUEST_RATE_INSNS = 200000 };
extern const char kvm_guest_rate[];

/* All code, a section of its own whose ends the linker names: position independent, copied as one;
 * and the interrupt handlers within it. */
extern const char kvm_guest_code[] __asm__("__start_kvm_guest");
extern const char kvm_guest_end[] __asm__("__stop_kvm_guest");
extern const char kvm_guest_breakpoint[], kvm_guest_timer[], kvm_guest_fault[];

#endif
