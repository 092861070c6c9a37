#include "mount-helper/build/elf.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* More than any program of a distribution's has. */
enum { PARTS = 32, ENTRIES = 256 };

struct elf {
	int fd;
	ElfW(Ehdr) head;
	ElfW(Phdr) parts[PARTS];
	ElfW(Dyn) entries[ENTRIES];
	size_t n; /* of entries */
};

static int damaged(void)
{
	return err_set(EBADMSG, "it is no program of this machine's, or damaged");
}

static int read_at(const struct elf *e, void *to, size_t n, uint64_t from)
{
	return pread(e->fd, to, n, (off_t)from) == (ssize_t)n ? 0 : damaged();
}

static int name_read(const struct elf *e, char name[ELF_NAME], uint64_t from)
{
	ssize_t n = pread(e->fd, name, ELF_NAME, (off_t)from);
	return n > 0 && memchr(name, '\0', (size_t)n) != NULL ? 0 : damaged();
}

static int head_read(struct elf *e)
{
	static const unsigned char ident[] = {
	    ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32};
	if (read_at(e, &e->head, sizeof(e->head), 0) < 0)
		return -1;
	if (memcmp(e->head.e_ident, ident, sizeof(ident)) != 0 || e->head.e_phnum > PARTS ||
	    e->head.e_phentsize != sizeof(e->parts[0]))
		return damaged();
	return read_at(e, e->parts, e->head.e_phnum * sizeof(e->parts[0]), e->head.e_phoff);
}

static const ElfW(Phdr) * part_of(const struct elf *e, uint32_t type)
{
	for (unsigned i = 0; i < e->head.e_phnum; i++)
		if (e->parts[i].p_type == type)
			return &e->parts[i];
	return NULL;
}

/* Where in the file lies what is at this address of memory? */
static int offset_of(const struct elf *e, uint64_t address, uint64_t *offset)
{
	for (unsigned i = 0; i < e->head.e_phnum; i++) {
		const ElfW(Phdr) *p = &e->parts[i];
		if (p->p_type != PT_LOAD || address < p->p_vaddr ||
		    address - p->p_vaddr >= p->p_filesz)
			continue;
		*offset = address - p->p_vaddr + p->p_offset;
		return 0;
	}
	return damaged();
}

static int entries_read(struct elf *e)
{
	const ElfW(Phdr) *p = part_of(e, PT_DYNAMIC);
	e->n = p != NULL ? p->p_filesz / sizeof(e->entries[0]) : 0;
	if (e->n > ENTRIES)
		return damaged();
	return e->n > 0 ? read_at(e, e->entries, e->n * sizeof(e->entries[0]), p->p_offset) : 0;
}

static int libraries_tell(const struct elf *e, elf_library *fn, void *arg)
{
	char name[ELF_NAME];
	uint64_t names = 0, table = 0;
	for (size_t i = 0; i < e->n; i++)
		if (e->entries[i].d_tag == DT_STRTAB)
			table = e->entries[i].d_un.d_ptr;
	for (size_t i = 0; i < e->n && e->entries[i].d_tag != DT_NULL; i++) {
		if (e->entries[i].d_tag != DT_NEEDED)
			continue;
		if ((names == 0 && offset_of(e, table, &names) < 0) ||
		    name_read(e, name, names + e->entries[i].d_un.d_val) < 0 || fn(name, arg) < 0)
			return -1;
	}
	return 0;
}

int elf_read(int fd, char loader[ELF_NAME], elf_library *fn, void *arg)
{
	struct elf e = {.fd = fd};
	loader[0] = '\0';
	if (head_read(&e) < 0)
		return -1;
	const ElfW(Phdr) *p = part_of(&e, PT_INTERP);
	if ((p != NULL && name_read(&e, loader, p->p_offset) < 0) || entries_read(&e) < 0)
		return -1;
	return libraries_tell(&e, fn, arg);
}
