#include "base/kernelhead.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/err.h"

/* QEMU looks at as many (hw/i386/x86.c, hw/i386/multiboot.c). */
enum { HEAD = 8192, MULTIBOOT_END = HEAD - 48 };
enum { SETUP_SECTORS = 0x1f1, HDRS = 0x202, SECTOR = 512, SECTORS_IF_0 = 4, PE_AT = 0x3c };
enum { MULTIBOOT = 0x1badb002, HAS_ADDRESSES = 0x10000 };

struct kernel_head {
	unsigned char bytes[HEAD]; /* zeros behind the end of a short file */
	uint64_t size; /* the file's */
};

static uint32_t get32(const struct kernel_head *h, size_t at)
{
	uint32_t n;
	memcpy(&n, h->bytes + at, sizeof(n));
	return le32toh(n);
}

static bool bytes_are(const struct kernel_head *h, size_t at, const char *bytes, size_t n)
{
	return at <= HEAD - n && memcmp(h->bytes + at, bytes, n) == 0;
}

static bool is_linux(const struct kernel_head *h)
{
	unsigned sectors = h->bytes[SETUP_SECTORS];
	if (sectors == 0)
		sectors = SECTORS_IF_0;
	return bytes_are(h, HDRS, "HdrS", 4) && (sectors + 1) * SECTOR <= h->size;
}

/* UEFI starts such a program, whatever QEMU takes it for. */
static bool is_pe(const struct kernel_head *h)
{
	return bytes_are(h, 0, "MZ", 2) && bytes_are(h, get32(h, PE_AT), "PE\0\0", 4);
}

static bool is_elf(const struct kernel_head *h)
{
	return bytes_are(h, 0, ELFMAG, SELFMAG);
}

static bool is_multiboot(const struct kernel_head *h, uint32_t *flags)
{
	for (size_t i = 0; i < MULTIBOOT_END; i += 4) {
		*flags = get32(h, i + 4);
		if (get32(h, i) == MULTIBOOT && MULTIBOOT + *flags + get32(h, i + 8) == 0)
			return true;
	}
	return false;
}

static bool is_long(const struct kernel_head *h)
{
	return is_elf(h) && (get32(h, offsetof(Elf64_Ehdr, e_machine)) & UINT16_MAX) == EM_X86_64;
}

static int head_check(const struct kernel_head *h)
{
	uint32_t flags;
	if (is_linux(h))
		return 0;
	if (is_multiboot(h, &flags))
		return (flags & HAS_ADDRESSES) == 0 && is_long(h) ? err_set(EINVAL, KERNEL_LONG)
								  : 0;
	return is_elf(h) || is_pe(h) ? 0 : err_set(EINVAL, KERNEL_NONE);
}

int kernelhead_check(int fd)
{
#if defined(__x86_64__)
	struct kernel_head h = {0};
	struct stat st;
	if (fstat(fd, &st) < 0 || pread(fd, h.bytes, sizeof(h.bytes), 0) < 0)
		return err_sys("read it");
	h.size = (uint64_t)st.st_size;
	return head_check(&h);
#else
	(void)fd;
	return 0;
#endif
}
