/* What an ELF file names of others (elf(5)): its loader and its libraries. */
#ifndef WARREN_MOUNT_HELPER_BUILD_ELF_H
#define WARREN_MOUNT_HELPER_BUILD_ELF_H

enum { ELF_NAME = 96 }; /* bytes of a name, with its NUL */

/* Is told of a library, by its name without a directory. -1 ends the reading. */
typedef int elf_library(const char *name, void *arg);

/* Read the file at fd, of this machine's architecture. loader gets the path of its loader, "": it
 * names none, as libraries don't. -1: EBADMSG, it is no such file; or what fn failed with. */
int elf_read(int fd, char loader[ELF_NAME], elf_library *fn, void *arg);

#endif
