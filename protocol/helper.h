/* What the daemon may ask of the privileged helper. One packet is one request: a struct of fixed
 * size, with the descriptors that its row in mount-helper/ops.c names. The helper answers every
 * request with one helper_reply that carries the same seq; requests that take time are answered out
 * of order. A packet of any other form ends the connection.
 *
 * Directories that both use, and whose they are:
 *
 *	STATE/objects, STATE/logs   the daemon's
 *	STATE/roots/ID              the helper's: a zone's private files
 *	STATE/images/ID             the helper's: an image
 *	RUN/daemon                  the daemon's
 *	RUN/monitors/ID             the monitors' sockets
 *	RUN/vnc/ID                  the sockets of VMs' displays
 */
#ifndef WARREN_PROTOCOL_HELPER_H
#define WARREN_PROTOCOL_HELPER_H

#include <limits.h>
#include <stdint.h>

#include "base/author.h"
#include "base/err.h"
#include "base/seal.h"
#include "protocol/ids.h"
#include "protocol/nic.h"

enum helper_op {
	HELPER_READY, /* the tree answers: mount.warren may return */
	HELPER_GROUP_MAKE, /* the control groups PARENT/ID; their limit files become the daemon's */
	HELPER_ZONE_START, /* a zone: fds log, orders, metadata (base/metalist.h), and the list of
			    * host mounts if any */
	HELPER_VM_START, /* QEMU in a zone: fds log, orders, and the list of what it is given */
	HELPER_ZONE_CLEAN, /* after its end: kill the rest, remove groups and socket */
	HELPER_ROOT_REMOVE, /* delete STATE/roots/ID */
	HELPER_IMAGE_IMPORT, /* fill STATE/images/ID; fd: where import_reports go */
	HELPER_IMAGE_REMOVE, /* delete STATE/images/ID, and what an import has left of it */
	HELPER_KVM_OPEN, /* replies with /dev/kvm, for the probe */
	HELPER_HOSTMOUNTS_SET, /* replace a zone's host mounts by this list: fds list */
	HELPER_NICS_SET, /* replace the network interfaces of a running zone */
	HELPER_HOST_PROBE, /* try what the host can; refused with what it lacks */
	HELPER_PATHS_PROVE, /* make seals for host paths that are being written: fds list */
	HELPER_UIDS_CLAIM, /* note that these uids, from settings, are those zones': fd list */
	HELPER_SYSCTLS_SET, /* the kernel's settings of a zone's own namespaces */
	HELPER_PREFLIGHT, /* check whether it could boot now, begin nothing: fds list */
	HELPER_VM_GIVE, /* give a running QEMU a file more: fds list, of one (protocol/vm.h) */
	HELPER_NVRAM_READ, /* replies with a copy of what UEFI keeps, if it has some yet */
	HELPER_NVRAM_WRITE, /* replace it: fd a plain file; an empty one: remove it */
	HELPER_LAYERS_MERGE, /* of a zone that does not run: make one layer of two */
	HELPER_LAYERS_DROP, /* delete layers of a zone that does not run */
	HELPER_OPS
};

struct helper_head {
	uint32_t op, seq;
};

struct helper_ready {
	struct helper_head head;
};

/* A list is a memory file of these alone. Rows that the table of uids has already stay. A range
 * that belongs to another zone stays with that; the zone in the claim is refused when it boots. */
struct helper_claim {
	uint64_t id;
	struct helper_uids uids;
};

enum { CLAIMS_MAX = 1 << 20 };

struct helper_uids_claim {
	struct helper_head head;
	uint32_t count, reserved; /* how many; 0 */
};

struct helper_group_make {
	struct helper_head head;
	uint64_t id;
};

/* A setting below /proc/sys that each network or IPC namespace has for itself. */
enum { SYSCTLS = 32, SYSCTL_KEY = 96, SYSCTL_VALUE = 160 };
struct helper_sysctl {
	char key[SYSCTL_KEY]; /* as a path, net/ipv4/ip_forward; "": the end of the list */
	char value[SYSCTL_VALUE]; /* "": what a new zone has */
};

/* Tried in new namespaces first, so that a refusal changes nothing; then set in those of the
 * process. */
struct helper_sysctls_set {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	uint64_t privileges, memory; /* as at its start */
	int32_t pid; /* process 1 of the zone, on the host; 0: only try */
	uint32_t reserved; /* 0 */
	struct helper_sysctl list[SYSCTLS];
};

/* Layers of a zone's files by their numbers (zone/snapshot/layers.h), the top first. */
enum { LAYERS = 255 };
struct helper_stack {
	uint32_t depth; /* how many */
	uint32_t layers[LAYERS]; /* all different; 0 behind them */
};

struct helper_zone_start {
	struct helper_head head;
	uint64_t id;
	uint64_t privileges; /* bit N: capability N stays; PRIVILEGE_ */
	uint64_t image; /* its root is this one; 0: the host's /usr */
	uint64_t memory; /* memory.max in bytes; 0: none */
	struct helper_uids uids;
	uint32_t hostmounts; /* how many; 0 for a VM */
	char hostname[65];
	char pad[3];
	struct helper_nic nics[NICS];
	struct helper_sysctl sysctls[SYSCTLS]; /* each with a value */
	struct helper_stack stack; /* what its own files are made of; depth 0 for a VM */
};

/* Remove interfaces that are not in nics, make or change the others. A second request changes
 * nothing. A VM's tap is there already, unless it is to be made: then QEMU is handed it, under the
 * name nicN (QMP's getfd), when its rules are in force. Without a process (pid 0) nothing changes:
 * the answer tells whether the bridges that nics names can serve, and whether there is a program
 * for `user`. */
struct helper_nics_set {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	int32_t pid; /* process 1 of the zone, on the host; 0: it does not run */
	uint32_t vm; /* 1: a VM's */
	uint32_t which; /* bit N: NIC N; the others stay as they are */
	uint32_t taps; /* bit N: NIC N of a VM's gets a new tap */
	struct helper_nic before[NICS]; /* what the daemon asked for last */
	struct helper_nic nics[NICS];
};

enum helper_use {
	USE_KERNEL = 1,
	USE_INITRD,
	USE_DISK_READ,
	USE_DISK_WRITE,
	USE_IMPORT, /* a directory or file */
	USE_MOUNT_READ, /* the same */
	USE_MOUNT_WRITE,
	USE_DEVICE_READ,
	USE_DEVICE_WRITE,
	USE_DEVICE_BOTH,
	USE_MOUNT_OWN, /* writing, and it becomes the zone's root's */
	USE_MOUNT_MEMORY, /* a tmpfs instead of a host path: path "tmpfs MODE", with a size */
	USE_UEFI, /* of a VM: no path, the helper knows where the firmware is */
	USE_TPM, /* of a VM: no path, the helper starts swtpm */
	USE_CDROM, /* what is in a VM's CD-ROM drive: a file or block device */
	USE_USB, /* of a VM: no path but a line of devices (base/hostdevice.h) */
	USE_PCI, /* the same */
};

static inline int use_is_device(uint32_t use)
{
	return use >= USE_DEVICE_READ && use <= USE_DEVICE_BOTH;
}

/* A host path, opened as the user who wrote it. With it goes its seal (HELPER_PATHS_PROVE). */
struct helper_file {
	uint64_t size; /* of a disk for writing, made where it is not there; 0: refused then */
	uint32_t use;
	struct author author;
	char path[PATH_MAX];
};

/* What QEMU is given is a list (protocol/vm.h): at most a kernel, an initrd, the disks, what
 * is in the CD-ROM drives, UEFI, a TPM, mounts and devices. */
enum {
	VM_DISKS = 8,
	VM_CDROMS = 2,
	VM_MOUNTS = 8,
	VM_SERVERS = VM_MOUNTS + 1, /* processes beside QEMU: of mount N the Nth, and the TPM's */
	SERVER_TPM = VM_MOUNTS,
	VM_DEVICES = 16, /* twice as many as there are functions in a device of PCI */
	VM_FILES = 4 + VM_DISKS + VM_CDROMS + VM_MOUNTS + VM_DEVICES
};

struct helper_vm_start {
	struct helper_zone_start zone; /* image 0 */
	uint32_t kvm; /* 1: it gets a /dev/kvm of its own */
	uint32_t files; /* how many are in the list */
	uint32_t vnc; /* 1: it has a display, with a socket RUN/vnc/ID */
	uint32_t vnc_uid; /* whose that socket is; 0: vnc is 0, or root's */
};

/* A host mount. A list is a memory file of these, and then of a seal for each. */
enum { HELPER_HOSTMOUNTS = 128 };

struct helper_hostmount {
	struct helper_file source; /* size 0 */
	char target[PATH_MAX]; /* in the zone: whole, without . and .. */
};

/* A second request changes nothing. The reply's pid: how many wait for the next boot, because the
 * zone's root is read-only at their target. */
struct helper_hostmounts_set {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	int32_t pid; /* process 1 of the zone, on the host; 0: it does not run, only check that the
		      * sources exist */
	uint32_t hostmounts; /* how many */
	uint32_t anew, reserved; /* HOSTMOUNTS_ANEW_; 0 */
};

/* An existing mount of these stays only if its source is still the same thing. */
enum { HOSTMOUNTS_ANEW_MOUNTS = 1, HOSTMOUNTS_ANEW_DEVICES = 2 };

/* A list of paths is a memory file of these. The helper fills in author and seal; where a path has
 * its seal already, it was seen before. */
enum { HELPER_PROOFS = HELPER_HOSTMOUNTS + VM_FILES };

struct helper_proof {
	struct helper_file file;
	struct seal seal;
};

/* Refused unless the thread is in a write(2) to the tree whose text names all these paths but those
 * that have their seals (mount-helper/proof/look.h). */
struct helper_paths_prove {
	struct helper_head head;
	uint64_t id; /* of the zone or VM */
	int32_t thread; /* the writer; 0: nobody whom the helper can see */
	uint32_t paths; /* how many */
	uint32_t adopt; /* 1: they are from the STATE of a version without seals; thread is 0 */
	uint32_t reserved; /* 0 */
};

/* Opens what a boot would need, as the boot would, and closes it. */
struct helper_preflight {
	struct helper_head head;
	uint64_t id;
	uint64_t image; /* of its root; 0: none */
	struct helper_uids uids;
	int32_t pid; /* process 1, in whose root `program` is looked for; 0: it is not looked for */
	uint32_t hostmounts; /* so many are listed; 0 for a VM */
	uint32_t files; /* so many of a VM's are listed (protocol/vm.h); 0 for a zone */
	struct helper_nic nics[NICS]; /* their bridges are looked at */
	char program[PATH_MAX]; /* process 1's */
	char path[PATH_MAX]; /* directories between colons, for a program without a slash */
};

/* QEMU gets it from its monitor, as /dev/fdset/SET. */
struct helper_vm_give {
	struct helper_head head;
	uint64_t id;
	struct helper_uids uids;
	uint32_t set;
	uint32_t below; /* of an image: that of what is below the VM's layer; else 0 */
};

/* Of a VM that is not running, or, to read, of any. */
struct helper_nvram {
	struct helper_head head;
	uint64_t id;
	uint32_t which; /* enum uefi (protocol/vm.h) */
	uint32_t template; /* 1: what the firmware's package begins with, raw; 0 to write */
};

enum { HELPER_NVRAM_MOST = 4 << 20 }; /* bytes of such a file */

struct helper_image_import {
	struct helper_head head;
	uint64_t id;
	int32_t thread; /* who writes the command, and waits for its end */
	uint32_t reserved; /* 0 */
	struct helper_file from; /* use: USE_IMPORT; the helper finds its author */
};

struct helper_image_remove {
	struct helper_head head;
	uint64_t id;
};

struct helper_zone_clean {
	struct helper_head head;
	uint64_t id;
	uint32_t nics; /* bit N: it may have a NIC N */
	uint32_t reserved; /* 0 */
};

struct helper_root_remove {
	struct helper_head head;
	uint64_t id;
};

/* Merge: `into`, which is no layer yet, becomes the first of the stack over the second; the others
 * are those below them, and nothing in the stack changes. Drop: the stack's layers go, in no order,
 * and `into` is 0. A number that was dropped is never used again. A second request changes
 * nothing. */
struct helper_layers {
	struct helper_head head;
	uint64_t id;
	uint32_t into, reserved; /* 0 */
	struct helper_stack stack;
};

struct helper_kvm_open {
	struct helper_head head;
};

enum probe { PROBE_NICS, PROBE_IMAGES, PROBES };

struct helper_host_probe {
	struct helper_head head;
	uint32_t probe;
};

struct helper_reply {
	uint32_t seq; /* 0: no reply but news: somebody removed the rules of the interface err.text,
		       * or (USER_TABLE) those of all `user` NICs; "": of any */
	int32_t pid; /* of a started zone's init, on the host */
	struct helper_uids uids; /* of a started zone */
	struct err err; /* code 0: done */
};

#endif
