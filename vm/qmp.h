/* The file qmp of a VM, and QEMU's answers. */
#ifndef WARREN_VM_QMP_H
#define WARREN_VM_QMP_H

#include "vm/vm.h"

/* row::write and row::read of the file. */
int qmp_write(struct obj *o, struct req *r, const char *bytes, size_t n);
enum stream qmp_read(struct obj *o, struct reader *r, struct buf *b, size_t max);

/* Read QEMU's answer to link_qmp, of at most so many bytes. -1: EIO, fd (borrowed) holds none */
int qmp_answer_read(int fd, size_t most, struct buf *text);

#endif
