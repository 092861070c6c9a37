#include "vm/give.h"

#include <sys/mman.h>

#include "base/err.h"
#include "base/fd.h"

int give(struct vm *vm, const struct helper_vm_file *f, unsigned set, unsigned below,
    helper_done *done, void *arg)
{
	struct helper_vm_give q = {
	    .id = vm->z.l.obj.id, .uids = vm->z.uids, .set = set, .below = below};
	cleanup_fd int list = memfd_create("file", MFD_CLOEXEC);
	if (list < 0 || fd_write_all(list, f, sizeof(*f)) < 0)
		return err_sys("list what QEMU is given");
	helper_ask(HELPER_VM_GIVE, &q, sizeof(q), &list, 1, done, arg);
	return 0;
}
