#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "fs/change.h"
#include "vm/kvm_probe.h"
#include "vm/vm.h"
#include "zone/helper.h"

enum { PROBE_MSEC = 1500 };

/* cannot: there is no KVM. unfit: there is, but a stock kernel does not run under it. */
static enum { UNKNOWN, PROBING, KNOWN } known;
static struct err cannot, unfit;
static struct list preparing = {&preparing, &preparing};
static struct source *source;
static int result_fd = -1;
static pid_t child;
static void (*told)(void); /* when all is known */

static void choose(struct vm *vm)
{
	struct zone *z = &vm->z;
	bool fit = cannot.code == 0 && unfit.code == 0;
	vm->accel_used =
		vm->accel.n == ACCEL_AUTO ? (fit ? ACCEL_KVM : ACCEL_TCG) : (int)vm->accel.n;
	/* guest memory, QEMU itself, and TCG's translations (qemu.c) */
	uint64_t beside = vm->accel_used == ACCEL_TCG ? UINT64_C(448) << 20 : UINT64_C(192) << 20;
	z->l.memory_unset = vm->ram.n + beside;
	change_save(&z->l.obj); /* for a daemon after us */
	if (vm->accel.n == ACCEL_KVM && cannot.code != 0) {
		err_set(EOPNOTSUPP, "accel is kvm, but %s: set accel to auto or tcg", cannot.text);
		err_copy(&z->why);
	}
}

static void finished(void)
{
	known = KNOWN;
	if (cannot.code != 0 || unfit.code != 0)
		log_info("kvm: %s", cannot.code != 0 ? cannot.text : unfit.text);
	while (!list_empty(&preparing)) {
		struct vm *vm = container_of(preparing.next, struct vm, preparing);
		list_del(&vm->preparing);
		choose(vm);
		zone_prepared(&vm->z);
	}
	obj_changed(tree_root());
	told();
}

static void probed(void *arg)
{
	(void)arg;
	if (read(result_fd, &unfit, sizeof(unfit)) != (ssize_t)sizeof(unfit))
		unfit = (struct err){EIO, "the probe of KVM crashed"};
	loop_close(&source);
	fd_close(&result_fd);
	waitpid(child, NULL, 0); /* it exits right after its answer */
	finished();
}

static _Noreturn void probe(int kvm, int answer)
{
	struct err e = {0};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (kvm_probe(kvm, PROBE_MSEC) < 0)
		err_copy(&e);
	_exit(write(answer, &e, sizeof(e)) == (ssize_t)sizeof(e) ? 0 : 1);
}

static int start_child(int kvm)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys("probe kvm");
	child = fork();
	if (child == 0)
		probe(kvm, ends[1]);
	close(ends[1]);
	result_fd = ends[0];
	if (child < 0)
		return err_sys("probe kvm");
	source = loop_fd(result_fd, LOOP_READ, probed, NULL);
	return 0;
}

static void opened(void *arg, const struct helper_reply *reply, int fd)
{
	cleanup_fd int kvm = fd;
	(void)arg;
	if (reply->err.code != 0)
		cannot = reply->err;
	else if (kvm < 0 || start_child(kvm) < 0)
		cannot = (struct err){EIO, "KVM can't be probed"};
	if (cannot.code != 0)
		finished();
}

void accel_probe(void (*done)(void))
{
	told = done;
	struct helper_kvm_open q = {0};
	known = PROBING;
	helper_ask(HELPER_KVM_OPEN, &q, sizeof(q), NULL, 0, opened, NULL);
}

int accel_prepare(struct zone *z)
{
	struct vm *vm = vm_of(z);
	if (known != KNOWN) {
		list_add_tail(&preparing, &vm->preparing);
		return 1;
	}
	choose(vm);
	return 0;
}

void accel_forget(struct vm *vm)
{
	list_del(&vm->preparing);
}

void accel_show(struct buf *b)
{
	const struct err *why = cannot.code != 0 ? &cannot : &unfit;
	if (known != KNOWN)
		buf_str(b, "kvm unusable: the probe is not through yet\naccel tcg\n");
	else if (why->code != 0)
		buf_printf(b, "kvm unusable: %s\naccel tcg\n", why->text);
	else
		buf_str(b, "kvm usable\naccel kvm\n");
}
