/* Checking the first bytes of a VM's kernel. Only processes without privilege do it: anyone can
 * have made the file. */
#ifndef WARREN_BASE_KERNELHEAD_H
#define WARREN_BASE_KERNELHEAD_H

#define KERNEL_NONE "it is no kernel: give a Linux kernel, or one for multiboot or PVH"
#define KERNEL_LONG                                                                                \
	"it is for multiboot and a 64-bit ELF file, which that does not load: make it a 32-bit "   \
	"one with objcopy -O elf32-i386"

/* Does it begin as a kernel does that QEMU loads? -1: EINVAL, one of the above. For processors
 * other than x86 it looks at nothing. */
int kernelhead_check(int fd);

#endif
