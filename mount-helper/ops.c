#include "mount-helper/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/wire.h"
#include "mount-helper/build/boot.h"
#include "mount-helper/build/preflight.h"
#include "mount-helper/build/vmgive.h"
#include "mount-helper/build/layer.h"
#include "mount-helper/build/merge.h"
#include "mount-helper/build/nvram.h"
#include "mount-helper/build/overlay.h"
#include "mount-helper/kit/caps.h"
#include "mount-helper/clean.h"
#include "mount-helper/opcaps.h"
#include "mount-helper/cgroup/group.h"
#include "mount-helper/image/import.h"
#include "mount-helper/net/nicset.h"
#include "mount-helper/net/nicprobe.h"
#include "mount-helper/cgroup/owngroup.h"
#include "mount-helper/build/private.h"
#include "mount-helper/build/stack.h"
#include "mount-helper/build/sysctl.h"
#include "mount-helper/proof/proof.h"
#include "protocol/helper.h"
#include "mount-helper/kit/request.h"
#include "mount-helper/hostmount/plan.h"

enum { FDS_MAX = 4 };

struct call {
	const struct helper *h;
	const union request *r;
	const int *fds;
	struct requester requester;
	int answer; /* a descriptor that goes with the reply, -1 */
	int32_t number; /* the reply's pid */
};

/* ---- what is asked ---- */

static int group_run(struct call *c)
{
	return group_make(c->r->group.id, c->h->dirs.uid, c->h->dirs.gid);
}

/* They must be plain files: by anything else the daemon could hand a zone more than bytes. */
static int plain_files(const int *fds, int n)
{
	static const char *const names[] = {"log", "orders", "metadata"};
	for (int i = 0; i < n; i++) {
		struct stat st;
		if (fstat(fds[i], &st) < 0 || !S_ISREG(st.st_mode))
			return err_set(EINVAL, "the %s of a zone is no plain file", names[i]);
	}
	return 0;
}

static int zone_run(struct call *c)
{
	const int fds[] = {c->fds[0], c->fds[1], c->fds[3], c->fds[2]};
	return plain_files(c->fds, 3) < 0 ? -1 : boot(c->h, &c->r->zone, NULL, fds, &c->requester);
}

static int vm_run(struct call *c)
{
	return plain_files(c->fds, 2) < 0
		   ? -1
		   : boot(c->h, &c->r->vm.zone, &c->r->vm, c->fds, &c->requester);
}

static int claim_run(struct call *c)
{
	return uids_claim_list(&c->h->dirs.uids, c->fds[0], c->r->claim.count);
}

static int hostmounts_run(struct call *c)
{
	c->number = hostmounts_set(c->h, &c->r->hostmounts, c->fds[0]);
	return c->number < 0 ? -1 : 0;
}

static int clean_run(struct call *c)
{
	const struct helper_zone_clean *q = &c->r->clean;
	if (clean(&c->h->dirs, q->id) < 0)
		return -1;
	return q->nics != 0 ? nics_remove(c->h, q->id, q->nics) : 0;
}

static int sysctls_run(struct call *c)
{
	return sysctls_set(&c->r->sysctls);
}

static int nics_run(struct call *c)
{
	return nics_change(c->h, &c->r->nics);
}

/* Mostly nothing is left of a zone, and this needs no worker. */
static bool clean_soon(const struct helper *h, const union request *r)
{
	return r->clean.nics == 0 && clean_at_once(&h->dirs, r->clean.id);
}

static int remove_run(struct call *c)
{
	char name[GROUP_NAME];
	group_name(c->r->remove.id, name);
	const int roots = c->h->dirs.roots;
	/* the stack last: while nothing else is there, no worker makes it anew */
	if (layers_remove(roots, name) < 0 || private_forget(roots, name) < 0 ||
	    stack_remove(roots, name) < 0)
		return -1;
	uids_drop(&c->h->dirs.uids, c->r->remove.id);
	uids_drop(&c->h->dirs.uids, c->r->remove.id | UID_GUESTS);
	return 0;
}

static int import_run(struct call *c)
{
	static struct helper_image_import q;
	q = c->r->import;
	if (proof_see(c->h, q.thread, &q.from) < 0 || caps_only(IMPORTING) < 0)
		return -1;
	return import(c->h, &q, c->fds[0], &c->requester);
}

static int image_remove_run(struct call *c)
{
	return import_remove(c->h->dirs.images, c->r->image_remove.id);
}

static bool image_removed_soon(const struct helper *h, const union request *r)
{
	return import_is_none(h->dirs.images, r->image_remove.id);
}

static int probe_run(struct call *c)
{
	return c->r->probe.probe == PROBE_NICS ? nics_probe() : overlay_probe(c->h);
}

static int prove_run(struct call *c)
{
	return proof_list(c->h, &c->r->prove, c->fds[0]);
}

static int preflight_run(struct call *c)
{
	return preflight(c->h, &c->r->preflight, c->fds[0]);
}

static int give_run(struct call *c)
{
	return vmgive(c->h, &c->r->give, c->fds[0]);
}

static int nvram_read_run(struct call *c)
{
	return nvram_read(c->h, &c->r->nvram, &c->answer);
}

static int nvram_write_run(struct call *c)
{
	return nvram_write(c->h, &c->r->nvram, c->fds[0]);
}

static int merge_run(struct call *c)
{
	return layers_merge(c->h, &c->r->layers, &c->requester);
}

static int drop_run(struct call *c)
{
	return layers_drop(c->h, &c->r->layers);
}

static int kvm_run(struct call *c)
{
	c->answer = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	/* a node may exist before its module is loaded: systemd makes nodes that load their
	 * module */
	if (c->answer < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return err_set(EOPNOTSUPP, "there is no /dev/kvm");
	return c->answer < 0 ? err_sys("open /dev/kvm") : 0;
}

/* One row per operation. Whoever has taken over the daemon may call all of them at will; beside
 * each stands what that gains. In all: ids and uids are numbers in warren's own ranges, names on
 * disk and in control groups are made from the id here, and no path comes from the daemon but a
 * host file's. */
static const struct op {
	const char *name;
	size_t size;
	int fds;
	bool (*check)(const union request *);
	int (*run)(struct call *);
	bool worker;
	uint64_t caps; /* that its worker keeps; of a row without a worker: those that it uses */
	bool (*at_once)(const struct helper *, const union request *); /* may save the worker */
} ops[HELPER_OPS] = {
    /* nothing: mount.warren returns earlier than it should */
    [HELPER_READY] = {"ready", sizeof(struct helper_ready), 0, request_empty, NULL, false, 0, NULL},

    /* empty groups below our parent, and their limit files: it sets all zones' limits anyway. No
     * process can be moved with them, as cgroup.procs stays root's. The groups count against the
     * kernel's memory, 2^40 ids are more than it has: a nuisance, which ends with the daemon */
    [HELPER_GROUP_MAKE] = {"group_make", sizeof(struct helper_group_make), 0, request_id, group_run,
	false, OWNERS, NULL},

    /* free ranges of uids for its zones, of which each start of a zone takes one, too */
    [HELPER_UIDS_CLAIM] = {"uids_claim", sizeof(struct helper_uids_claim), 1, request_claim,
	claim_run, false, FILES, NULL},

    /* a zone, with the programs that a zone's owner could run in it, and host mounts as below. Its
     * uids are those that it has in the host's table, or free ones (uids.h), and mean nothing else
     * on the host; capabilities count in the zone's user namespace only. It may see any image,
     * read-only, which the daemon decides anyway. log, orders and metadata are plain files that the
     * daemon could read itself; of metadata small files are made, in a file system that is the
     * zone's alone. The spawner of a zone's monitor gets ways into the zone's own groups, for
     * its jobs. Of v2 they would take any process, as that kernel asks for rights over the groups'
     * common parent: so the monitor itself, which parses, has none of them. Where v2 is alone the
     * zone's root gets a part of its group (group.h), which limits nothing and nobody else */
    [HELPER_ZONE_START] = {"zone_start", sizeof(struct helper_zone_start), 3, request_zone,
	zone_run, true, BUILDING | OVERLAYS, NULL},

    /* as a zone, and a VM may see what it was given once as a disk, kernel, initrd or device: every
     * path comes with the seal that its author has written it for this very VM, see PATHS_PROVE */
    [HELPER_VM_START] = {"vm_start", sizeof(struct helper_vm_start), 3, request_vm, vm_run, true,
	BUILDING, NULL},

    /* zones die: the daemon may halt them all anyway */
    [HELPER_ZONE_CLEAN] = {"zone_clean", sizeof(struct helper_zone_clean), 0, request_clean,
	clean_run, true, MODES | ENDS | NETS, clean_soon},

    /* a zone's files go: the daemon may destroy them all anyway. Nothing outside STATE/roots/ID is
     * reached: no link is followed, no mount entered */
    [HELPER_ROOT_REMOVE] = {"root_remove", sizeof(struct helper_root_remove), 0, request_id,
	remove_run, true, FILES, NULL},

    /* files in STATE/images that mean nothing to the host, as their owners are images' alone; the
     * room they take is bounded by the disk, as that of zones' files. The path is one
     * that its author writes at this moment, as with PATHS_PROVE */
    [HELPER_IMAGE_IMPORT] = {"image_import", sizeof(struct helper_image_import), 1, request_import,
	import_run, true, IMPORTING | LOOKS, NULL},

    /* an image's files go: the daemon may destroy all images anyway. Zones that run on it lose
     * their programs, and the daemon may halt those as well. Nothing outside STATE/images/ID is
     * reached, as above */
    [HELPER_IMAGE_REMOVE] = {"image_remove", sizeof(struct helper_image_remove), 0, request_id,
	image_remove_run, true, FILES, image_removed_soon},

    /* virtual machines in the daemon's own address space, as members of the group kvm have them */
    [HELPER_KVM_OPEN] = {"kvm_open", sizeof(struct helper_kvm_open), 0, request_empty, kvm_run,
	false, 0, NULL},

    /* as VM_START: directories, files and devices that were given to this very zone once. What
     * it then writes is not root's (hostmount/owner.c). The process named must be of a zone of
     * warren's, all of which the daemon commands anyway; inside it we have only the zone's
     * rights */
    [HELPER_HOSTMOUNTS_SET] = {"hostmounts_set", sizeof(struct helper_hostmounts_set), 1,
	request_hostmounts, hostmounts_run, true, FILES | MOUNTS | USERS | ENDS | OWNERS | NODES,
	NULL},
    /* ports of any bridge of the host's for its own zones, and empty bridges of names that nobody
     * has: the daemon decides about its zones' networks anyway, and antispoof with them. Of the
     * host's own interfaces none is touched: every one that is changed or removed was made here
     * and says so in its alias, which the daemon can't write; a bridge that is there gains a port
     * and loses nothing, neither its MAC nor its MTU. The namespace is one that the user
     * namespace of this uid owns: a zone's, never the host's (nics_namespace). pasta is a program
     * that everybody may run, as the zone's monitor's uid, whose packets the host itself does not
     * take (loopback.h); but free ports of the host's, low ones too, may lead into a zone. A VM's
     * taps are its own, and a new one goes to that VM's monitor alone, with its rules in force */
    [HELPER_NICS_SET] = {"nics_set", sizeof(struct helper_nics_set), 0, request_nics, nics_run,
	true, MODES | MOUNTS | USERS | NETS | PORTS | OWNERS | NODES, NULL},
    /* settings of a zone's own network and IPC, which its root could set if they were not sealed:
     * they are set with that root's rights, in namespaces that the zone's monitor owns */
    [HELPER_SYSCTLS_SET] = {"sysctls_set", sizeof(struct helper_sysctls_set), 0, request_sysctls,
	sysctls_run, true, MODES | MOUNTS | USERS | ENDS, NULL},
    /* interfaces in an empty network, and a mount of our own, that end with the worker */
    [HELPER_HOST_PROBE] = {"host_probe", sizeof(struct helper_host_probe), 0, request_empty,
	probe_run, true, MOUNTS | USERS | NETS, NULL},
    /* seals for what somebody writes to this tree at this moment, as we see it ourselves (look.h),
     * and for that alone. What is left to a taken-over daemon is to pass off one file of the tree
     * for another, with the help of a user who renames files: so it gains a path where its author
     * writes to another file what is a whole value of mounts, devices, kernel, initrd, a disk,
     * config or of an image's ctl. And it keeps seals: what a zone was given once it can give to
     * that zone again, until the key changes, and a path that comes with its seal gets that same
     * seal. Where the key was made in this mount, until the tree
     * answers, it may have anything sealed: so much must be believed of settings that are older
     * than seals */
    [HELPER_PATHS_PROVE] = {"paths_prove", sizeof(struct helper_paths_prove), 1, request_prove,
	prove_run, true, LOOKS, NULL},
    /* less than a start, as nothing is shown and what is made for a look goes with the worker:
     * whether a path that the zone was given can be opened, whether an interface of the host's is a
     * bridge, and whether a file is in the root of
     * a process whose user namespace the zone's monitor owns, which a job could tell as well */
    [HELPER_PREFLIGHT] = {"preflight", sizeof(struct helper_preflight), 1, request_preflight,
	preflight_run, true, FILES | MOUNTS | USERS | ENDS | OWNERS | NODES, NULL},
    /* as VM_START: a file, a directory, a device of USB (any that a line fits), or the VM's own
     * layer over an image. It goes to the monitor of that VM */
    [HELPER_VM_GIVE] = {"vm_give", sizeof(struct helper_vm_give), 1, request_give, give_run, true,
	FILES | MOUNTS | USERS | ENDS | OWNERS, NULL},
    /* the variables of a VM, and what the firmware's package has for all to read */
    [HELPER_NVRAM_READ] = {"nvram_read", sizeof(struct helper_nvram), 0, request_nvram,
	nvram_read_run, true, MODES, NULL},
    /* other variables for a VM that does not run: it decides what a VM boots anyway. The file is of
     * a name that is made here, and bounded */
    [HELPER_NVRAM_WRITE] = {"nvram_write", sizeof(struct helper_nvram), 1, request_nvram,
	nvram_write_run, true, MODES | OWNERS, NULL},
    /* other files for a zone, of what it has: links and directories in STATE/roots/ID.snapshots,
     * which stay their owners'. Of a zone that runs it would link what that moves about meanwhile,
     * all of which is that zone's */
    [HELPER_LAYERS_MERGE] = {"layers_merge", sizeof(struct helper_layers), 0, request_layers,
	merge_run, true, MERGING, NULL},
    /* as ROOT_REMOVE, of the same zone's */
    [HELPER_LAYERS_DROP] = {"layers_drop", sizeof(struct helper_layers), 0, request_layers,
	drop_run, true, FILES, NULL},
};

static void reply_send(struct call *c, int result)
{
	struct helper_reply reply = {.seq = c->r->head.seq, .pid = c->number};
	if (result < 0) {
		err_copy(&reply.err);
		reply.err.code = err_code();
	}
	requester_answer(&c->requester, &reply, c->answer);
	fd_close(&c->answer);
}

/* A zone's start brings a list of host mounts if it has any. */
static int fds_of(const struct op *op, const union request *r)
{
	return op->fds + (r->head.op == HELPER_ZONE_START && r->zone.hostmounts != 0 ? 1 : 0);
}

/* The worker that is forked ahead: it waits at the other end of work. */
static struct {
	int work, in; /* owned; -1: there is none */
} ahead = {-1, -1};

uint64_t ops_caps(uint32_t op)
{
	return ops[op].caps;
}

/* In a worker, which ends with its requester's end, or where a monitor begins. */
static void worker_run(struct call *c)
{
	const struct op *op = &ops[c->r->head.op];
	setsid(); /* Ctrl-C in the foreground must not reach workers */
	reply_send(c, caps_only(op->caps) < 0 ? -1 : op->run(c));
	_exit(0);
}

/* Fork. The worker gets 0, the helper its process number; each gets one end of the socket by which
 * the helper sees the worker's end. */
static pid_t worker_fork(int *end)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys("socketpair");
	pid_t pid = owngroup_fork();
	if (pid != 0)
		fd_close(&ends[1]);
	if (pid <= 0)
		fd_close(&ends[0]);
	*end = pid == 0 ? ends[1] : ends[0];
	return pid < 0 ? err_sys("start a worker") : pid;
}

/* In the worker that was forked ahead, until a request or the helper's end. */
static void work_await(const struct helper *h, int from, struct requester requester)
{
	static union request r;
	int fds[FDS_MAX] = {-1, -1, -1, -1}, nfds = 0;
	prctl(PR_SET_NAME, "warren-worker");
	if (wire_recv(from, &r, sizeof(r), fds, FDS_MAX, &nfds) <= 0)
		_exit(0);
	struct call c = {.h = h, .r = &r, .fds = fds, .requester = requester, .answer = -1};
	worker_run(&c);
}

void ops_ahead(const struct helper *h, int sock)
{
	int ends[2], in;
	if (ahead.work >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	pid_t pid = worker_fork(&in);
	if (pid == 0) {
		fd_close(&ends[0]);
		work_await(h, ends[1], (struct requester){sock, in});
	}
	fd_close(&ends[1]);
	if (pid < 0) {
		fd_close(&ends[0]);
		return; /* the next request says why, if it can't have one either */
	}
	ahead.work = ends[0];
	ahead.in = in;
}

void ops_ahead_end(void)
{
	fd_close(&ahead.work);
	fd_close(&ahead.in);
}

/* Use the worker forked ahead, else fork one. */
static int worker_start(const struct op *op, struct call *c)
{
	int in;
	if (ahead.work >= 0) {
		cleanup_fd int to = fd_move(&ahead.work), ended = fd_move(&ahead.in);
		if (wire_send(to, c->r, op->size, c->fds, fds_of(op, c->r)) == 0)
			return fd_move(&ended);
	}
	pid_t pid = worker_fork(&in);
	if (pid == 0) {
		c->requester.end = in;
		worker_run(c);
	}
	return pid < 0 ? -1 : in;
}

static enum ops_result op_run(const struct op *op, struct call *c, struct worker *worker)
{
	if (op->run == NULL)
		return OPS_READY;
	if (op->at_once != NULL && op->at_once(c->h, c->r)) {
		reply_send(c, 0);
		return OPS_DONE;
	}
	if (!op->worker) {
		reply_send(c, op->run(c));
		return OPS_DONE;
	}
	*worker = (struct worker){worker_start(op, c), c->r->head.seq};
	if (worker->end >= 0)
		return OPS_WORKER;
	reply_send(c, -1);
	return OPS_DONE;
}

static void fds_close(int *fds, int n)
{
	for (int i = 0; i < n; i++)
		fd_close(&fds[i]);
}

enum ops_result ops_receive(const struct helper *h, int sock, struct worker *worker)
{
	static union request r;
	int fds[FDS_MAX] = {-1, -1, -1, -1}, nfds = 0;
	err_clear();
	ssize_t n = wire_recv(sock, &r, sizeof(r), fds, FDS_MAX, &nfds);
	if (n <= 0) {
		fds_close(fds, nfds); /* an empty packet can bring some, too */
		return n < 0 && err_code() == EBADMSG ? OPS_BROKEN : OPS_CLOSED;
	}
	enum ops_result result = OPS_BROKEN;
	const struct op *op =
	    (size_t)n >= sizeof(r.head) && r.head.op < HELPER_OPS ? &ops[r.head.op] : NULL;
	if (op != NULL && (size_t)n == op->size && nfds == fds_of(op, &r) && op->check(&r)) {
		struct call c = {h, &r, fds, {sock, -1}, -1, 0};
		result = op_run(op, &c, worker);
	}
	fds_close(fds, nfds);
	return result;
}

void ops_worker_end(struct worker *w, int sock)
{
	struct helper_reply reply = {.seq = w->asked};
	char byte;
	if (read(w->end, &byte, 1) != 1 && w->asked != 0 && sock >= 0) {
		err_set(EIO, "the process that did it was killed: try again");
		err_copy(&reply.err);
		requester_answer(&(struct requester){sock, -1}, &reply, -1);
	}
	fd_close(&w->end);
}
