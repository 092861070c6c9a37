/* A guest of a kilobyte for tests: 32-bit, no paging, no FPU, so that even a KVM which emulates the
 * guest's kernel mode runs it. It greets on COM1, tells its accelerator and its command line, counts
 * to three, and then does what the first of these words of the command line says:
 *
 *	poweroff	power off at once
 *	count		one line a second, for ever
 *	spin		a busy loop, deaf to everything
 *	crash		goes on in the memory of a device, where no KVM can follow it
 *	panic		tells of a panic by QEMU's pvpanic, and spins
 *	reset		resets the machine
 *	hang		starts a watchdog, and spins
 *	screen		fills the screen with green, then tells each byte that the keyboard sends
 *	echo		(also without a word) echo COM1, and obey a line that is one of these
 *
 * count and echo sleep in hlt and power off when ACPI's power button is pressed. */

	.set COM1, 0x3f8		/* 16550: data, IER, FCR, LCR, MCR, LSR */
	.set PM1_STS, 0x600		/* SeaBIOS puts PIIX4's and ICH9's here (ACPI 4.8.3) */
	.set PM1_EN, 0x602
	.set PM1_CNT, 0x604
	.set PWRBTN, 0x100
	.set PVPANIC, 0x505		/* QEMU's docs/specs/pvpanic.txt */
	.set RESET, 0xcf9		/* that of PIIX and ICH9 */
	.set PCI_ADDRESS, 0xcf8		/* configuration space by ports */
	.set PCI_DATA, 0xcfc
	.set WATCHDOG, 0x25ab8086	/* QEMU's hw/watchdog/wdt_i6300esb.c */
	.set WATCHDOG_LOCK, 0x68
	.set WATCHDOG_TICKS, 100	/* of a thousandth of a second, twice */
	.set SLP_EN, 0x2000		/* with SLP_TYP 0: S5 in QEMU */
	.set GED, 0xfea00000		/* microvm's generic event device: QEMU's acpi_ged */
	.set GED_SLEEP, 0xfea00200
	.set GED_PWRBTN, 2
	.set GED_S5, 0x34		/* SLP_TYP 5, SLP_EN */
	.set VGA_TEXT, 0xb8000		/* a character and its colours each */
	.set CRTC, 0x3d4
	.set KBD, 0x60			/* 8042: data, status */
	.set KBD_STS, 0x64
	.set APIC, 0xfee00000		/* SDM 3A, 11.5.1 */
	.set BASE, 0x100000		/* as in hello.ld */
	.set CMDLINE_PADDR, 24		/* in struct hvm_start_info, Xen's PVH boot protocol */
	.set TICKS, 18			/* the PIT's in a second, with its longest period */

	.section .note.pvh, "a", @note
	.long 4, 4, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long start

	.text
	.code32
image:
	.globl start
start:					/* 32-bit, flat segments, ebx: hvm_start_info */
	cld
	mov $stack, %esp
	mov CMDLINE_PADDR(%ebx), %ebp	/* stays in ebp */
	lgdt gdtr
	lidt idtr
	ljmp $8, $1f
1:	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	call devices
	call greet
	mov $3, %edi
	mov $2, %edx			/* a tenth of a second each */
	call count_to
	mov %ebp, %esi
	call obey			/* comes back if there is no word for it */
	jmp echo

devices:
	movl $0x1ff, APIC + 0xf0	/* LINT0 for the PIC: off in microvm */
	movl $0x700, APIC + 0x350
	mov $setup, %esi
1:	lodsw				/* a port, and what to write there */
	test %eax, %eax
	jz 2f
	movzwl %ax, %edx
	lodsb
	out %al, %dx
	xor %eax, %eax
	jmp 1b
2:	mov $PM1_EN, %edx		/* without it QEMU does not set PWRBTN_STS */
	mov $PWRBTN, %eax
	out %ax, %dx
	ret

greet:
	mov $greeting, %esi
	call puts
	mov $0x40000000, %eax		/* the hypervisor's name: KVMKVMKVM or TCGTCGTCGTCG */
	cpuid
	mov %ebx, name
	mov %ecx, name + 4
	mov %edx, name + 8
	mov $name, %esi
	call puts
	mov $says, %esi
	call puts
	mov %ebp, %esi
	call puts
	mov $quote, %esi
	jmp puts

/* Print "tick N", going on from the last N until edi, each after edx of the PIT's ticks. */
count_to:
	incl counted
	mov %edx, %ecx
2:	call wait
	loop 2b
	mov $tick_word, %esi
	call puts
	mov counted, %eax
	call put_number
	mov $newline, %esi
	call puts
	cmp %edi, counted
	jne count_to
	ret

/* Sleep until the next tick of the PIT. */
wait:
	mov ticks, %eax
1:	call button
	sti
	hlt
	cli
	cmp ticks, %eax
	je 1b
	ret

/* Power off if the power button was pressed. Keeps all registers. */
button:
	pusha
	mov $PM1_STS, %edx
	in %dx, %ax
	cmp $0xffff, %ax		/* nothing there: microvm */
	je 1f
	test $PWRBTN, %eax
	jmp 2f
1:	testl $GED_PWRBTN, GED
2:	popa
	jz 3f
	mov $pressed, %esi
	call puts
	jmp poweroff
3:	ret

/* Obey the first word at esi that is in the table; come back if none is. */
obey:
	mov $orders, %ebx
1:	mov (%ebx), %edi		/* the word, NUL behind it */
	test %edi, %edi
	jz 4f
	mov %esi, %ecx
2:	mov (%edi), %al
	cmp $0, %al
	je 3f
	cmp %al, (%ecx)
	jne 5f
	inc %edi
	inc %ecx
	jmp 2b
3:	cmpb $' ', (%ecx)		/* the word ends there too: a blank or NUL */
	ja 5f
	jmp *4(%ebx)
5:	add $8, %ebx
	jmp 1b
4:	lodsb				/* past this word */
	cmp $' ', %al
	ja 4b
	je obey
	ret

poweroff:
	mov $bye, %esi
	call puts
	mov $SLP_EN, %eax
	mov $PM1_CNT, %edx
	out %ax, %dx
	movb $GED_S5, GED_SLEEP
	hlt				/* with interrupts off: not reached */

count:
	xor %edi, %edi			/* 2^32 */
	mov $TICKS, %edx
	jmp count_to

spin:
	jmp spin

crash:
	mov $crashing, %esi
	call puts
	ljmp $8, $APIC

panic:
	mov $PVPANIC, %edx
	mov $1, %al			/* PVPANIC_PANICKED */
	out %al, %dx
	jmp spin

reset:
	mov $RESET, %edx
	mov $6, %al			/* the whole machine */
	out %al, %dx
	jmp spin

screen:
	mov $VGA_TEXT, %edi
	mov $80 * 25, %ecx
	mov $0x2020, %ax		/* a blank on green */
	rep stosw
	mov $CRTC, %edx
	mov $0x200a, %ax		/* no cursor */
	out %ax, %dx
	mov $filled, %esi
	call puts
1:	call button
	in $KBD_STS, %al
	test $1, %al			/* it has a byte, */
	jz 1b
	test $0x20, %al			/* which is not a mouse's */
	in $KBD, %al
	jnz 1b
	movzbl %al, %eax
	mov $key_word, %esi
	push %eax
	call puts
	pop %eax
	call put_number
	mov $newline, %esi
	call puts
	jmp 1b

/* Find the watchdog on PCI's bus 0 and start it. */
hang:
	mov $0x80000000, %edi
1:	call pci_at
	in %dx, %eax
	cmp $WATCHDOG, %eax
	je 2f
	add $0x800, %edi
	cmp $0x80010000, %edi
	jne 1b
	jmp spin
2:	add $4, %edi			/* command: its memory is there */
	call pci_at
	mov $2, %al
	out %al, %dx
	add $0x10 - 4, %edi
	call pci_at
	in %dx, %eax
	mov %eax, %ebx
	movw $0x80, 12(%ebx)		/* each of its times needs this before */
	movw $0x86, 12(%ebx)
	movl $WATCHDOG_TICKS, (%ebx)
	movw $0x80, 12(%ebx)
	movw $0x86, 12(%ebx)
	movl $WATCHDOG_TICKS, 4(%ebx)
	add $WATCHDOG_LOCK - 0x10, %edi
	call pci_at
	mov $2, %al			/* enable */
	out %al, %dx
	jmp spin

/* dx: the port of what edi says. */
pci_at:
	mov $PCI_ADDRESS, %edx
	mov %edi, %eax
	out %eax, %dx
	mov $PCI_DATA, %edx
	ret

echo:
	mov $ready, %esi
	call puts
1:	mov $line, %edi
2:	call getc
	cmp $'\r', %al
	je 3f
	cmp $'\n', %al
	je 3f
	call putc
	cmp $line_end, %edi
	je 2b				/* the rest of a long line is no order */
	stosb
	jmp 2b
3:	mov $newline, %esi
	call puts
	movb $0, (%edi)
	mov $line, %esi
	call obey
	jmp 1b

/* Sleep until there is a byte: al. */
getc:
	call button
	mov $COM1 + 5, %edx
	in %dx, %al
	test $1, %al
	jnz 1f
	sti				/* holds interrupts off until hlt has begun */
	hlt
	cli
	jmp getc
1:	mov $COM1, %edx
	in %dx, %al
	ret

putc:
	push %edx
	push %eax
	mov $COM1 + 5, %edx
1:	in %dx, %al
	test $0x20, %al
	jz 1b
	pop %eax
	mov $COM1, %edx
	out %al, %dx
	pop %edx
	ret

puts:
	lodsb
	test %al, %al
	jz 1f
	call putc
	jmp puts
1:	ret

put_number:				/* eax */
	push %edx
	xor %edx, %edx
	mov $10, %ecx
	div %ecx
	push %edx
	test %eax, %eax
	jz 1f
	call put_number
1:	pop %eax
	add $'0', %al
	call putc
	pop %edx
	ret

tick:	incl ticks
irq:	push %eax
	mov $0x20, %al			/* end of interrupt */
	out %al, $0x20
	pop %eax
	ret $8				/* iret, which KVM's emulator lacks; to hlt's cli */

	.section .rodata
	.macro write port, value
	.word \port
	.byte \value
	.endm
setup:	write 0x20, 0x11		/* PIC: IRQ 0 is vector 32; only the PIT and COM1 */
	write 0x21, 0x20
	write 0x21, 0x04
	write 0x21, 0x01
	write 0x21, 0xee
	write 0x43, 0x34		/* PIT channel 0, rate generator, period 65536 */
	write 0x40, 0
	write 0x40, 0
	write COM1 + 3, 0x83		/* 115200 8n1 */
	write COM1, 1
	write COM1 + 1, 0
	write COM1 + 3, 0x03
	write COM1 + 2, 0x07		/* FIFOs on and empty */
	write COM1 + 1, 0x01		/* an interrupt for a byte, let through by OUT2 */
	write COM1 + 4, 0x0b
	.word 0

	.macro order word
	.long 1f, \word
	.pushsection .rodata.words, "a"
1:	.asciz "\word"
	.popsection
	.endm
orders:	order poweroff
	order count
	order spin
	order crash
	order panic
	order reset
	order hang
	order screen
	order echo
	.long 0

gdt:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:	.word . - gdt - 1
	.long gdt
	.macro gate handler		/* a 32-bit interrupt gate */
	.word \handler - image, 8, 0x8e00, BASE >> 16
	.endm
idt:	.fill 32, 8, 0			/* an exception is a triple fault */
	gate tick
	.rept 15
	gate irq
	.endr
idtr:	.word . - idt - 1
	.long idt
	.long 0

greeting: .asciz "hello from warren's test guest\r\naccelerator: "
says:	.asciz "\r\ncommand line: '"
quote:	.ascii "'"
newline: .asciz "\r\n"
tick_word: .asciz "tick "
ready:	.asciz "ready\r\n"
pressed: .asciz "power button\r\n"
bye:	.asciz "powering off\r\n"
filled:	.asciz "green\r\n"
key_word: .asciz "key "
crashing: .asciz "crashing\r\n"

	.bss
	.balign 16
	.space 4096
stack:
ticks:	.long 0
counted: .long 0
name:	.space 16
line:	.space 80
line_end: .space 1
