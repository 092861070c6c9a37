/* A request to the privileged helper: what its check lets through is within warren's own ranges.
 * The input is the packet's beginning; the rest is zero. */
#include "mount-helper/ops.c" /* its table is its own */

#include "tests/fuzz/fuzz.h"

static void check_zone(const struct helper_zone_start *z)
{
	assert(z->id > 0 && z->id < UINT64_C(1) << 40);
	assert(z->uids.count == UID_COUNT || z->uids.count == UID_COUNT_VM);
	if (z->uids.base != 0)
		assert(z->uids.base >= UID_FIRST &&
		       z->uids.base + (uint64_t)z->uids.count <= UID_LAST + (uint64_t)UID_COUNT);
	assert(memchr(z->hostname, '\0', sizeof(z->hostname)) != NULL &&
	       strchr(z->hostname, '/') == NULL);
}

static void check_vm(const struct helper_vm_start *v)
{
	assert(v->files <= VM_FILES && v->kvm <= 1 && v->zone.image == 0);
}

/* A row of a VM's list. */
static void check_vm_file(const uint8_t *data, size_t size)
{
	static struct helper_vm_file f;
	memset(&f, 0, sizeof(f));
	memcpy(&f, data, size < sizeof(f) ? size : sizeof(f));
	if (!request_vm_file(&f))
		return;
	bool own = f.file.use == USE_UEFI || f.file.use == USE_TPM;
	assert(
	    f.file.use >= USE_KERNEL && (own || f.file.use == USE_CDROM || vm_file_is_mount(&f) ||
					    f.file.use <= USE_DISK_WRITE));
	assert(f.disk < (vm_file_is_mount(&f) ? VM_MOUNTS : VM_DISKS) && vm_file_fds(&f) <= 2);
	assert((f.file.path[0] == '\0') == (own || f.image != 0));
	assert(strnlen(f.file.path, PATH_MAX) < PATH_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static union request r;
	check_vm_file(data, size);
	memset(&r, 0, sizeof(r));
	memcpy(&r, data, size < sizeof(r) ? size : sizeof(r));
	if (r.head.op >= HELPER_OPS || !ops[r.head.op].check(&r))
		return 0;
	if (r.head.op == HELPER_ZONE_START || r.head.op == HELPER_VM_START)
		check_zone(&r.zone);
	if (r.head.op == HELPER_VM_START)
		check_vm(&r.vm);
	if (r.head.op == HELPER_PATHS_PROVE)
		assert(r.prove.id > 0 && r.prove.paths > 0 && r.prove.paths <= HELPER_PROOFS &&
		       r.prove.thread >= 0 && (r.prove.adopt == 0 || r.prove.thread == 0));
	if (r.head.op == HELPER_IMAGE_IMPORT)
		assert(r.import.from.use == USE_IMPORT &&
		       strnlen(r.import.from.path, PATH_MAX) < PATH_MAX);
	if (ops[r.head.op].check == request_id)
		assert(r.group.id > 0 && r.group.id < UINT64_C(1) << 40);
	return 0;
}
