#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/log.h"
#include "base/loop.h"
#include "fs/change.h"
#include "vm/kvm/accel.h"
#include "vm/kvm/kvm_probe.h"
#include "vm/qemu.h"
#include "vm/vm.h"
#include "host/ask.h"
#include "zone/parts.h"
#include "zone/start.h"

const char *const accel_words[] = {"auto", "kvm", "tcg", NULL};

/* YOUNG_SECONDS: what udev loads at the host's start is there by then. */
enum { PROBE_MSEC = 1500, YOUNG_SECONDS = 120 };

/* cannot: the error while there is no KVM. unfit: the error of a KVM under which a stock kernel
 * does not run. */
static struct err cannot, unfit;
static bool asking; /* the helper, or the probe */
static bool probed; /* unfit is what the probe found */
static bool known; /* there was an answer */
static struct list preparing = {&preparing, &preparing};
static struct source *source;
static int result_fd = -1;
static pid_t child;
static void (*told)(void); /* when there is an answer; NULL: nobody waits */

/* ---- a module that comes late ---- */

static const char *extension_of(const char *flags)
{
	static const char *const names[] = {"svm", "vmx"};
	for (size_t i = 0; i < NELEM(names); i++)
		for (const char *p = flags; (p = strstr(p, names[i])) != NULL; p++)
			if (p[-1] == ' ' && strchr(" \n", p[3]) != NULL)
				return names[i];
	return NULL;
}

/* What the processor has for KVM; NULL: nothing. */
static const char *extension(void)
{
	struct buf b = {0};
	const char *name = NULL;
	char *flags =
	    fd_read_at(-1, "/proc/cpuinfo", &b) == 0 ? strstr(buf_text(&b), "\nflags") : NULL;
	if (flags != NULL) {
		flags[1 + strcspn(flags + 1, "\n")] = '\0';
		name = extension_of(flags);
	}
	buf_finish(&b);
	return name;
}

static bool host_is_young(void)
{
	struct buf b = {0};
	bool young = fd_read_at(-1, "/proc/uptime", &b) == 0 && atoi(buf_text(&b)) < YOUNG_SECONDS;
	buf_finish(&b);
	return young;
}

/* May KVM still come? Only then a boot waits for it. */
static bool comes_yet(void)
{
	return cannot.code != 0 && host_is_young() && extension() != NULL;
}

/* ---- a VM's boot ---- */

static int accel_refuse(const struct vm *vm)
{
	if (vm->accel.n == ACCEL_KVM && cannot.code != 0)
		return err_set(
		    EOPNOTSUPP, "accel is kvm, but %s: set accel to auto or tcg", cannot.text);
	if (vm->accel.n == ACCEL_AUTO && comes_yet())
		return err_set(EOPNOTSUPP,
		    "accel is auto, and %s yet, but the processor has %s and the host is not "
		    "up for long: try again, or set accel to tcg",
		    cannot.text, extension());
	return 0;
}

static void choose(struct vm *vm)
{
	struct zone *z = &vm->z;
	bool fit = cannot.code == 0 && unfit.code == 0;
	vm->accel_used =
	    vm->accel.n == ACCEL_AUTO ? (fit ? ACCEL_KVM : ACCEL_TCG) : (int)vm->accel.n;
	vm->beside = qemu_beside(vm);
	z->l.memory_unset = machine_ram(vm->ram.n) + vm->beside;
	change_save(&z->l.obj); /* for a daemon after us */
}

/* ---- asking ---- */

static void probe_settle(void)
{
	asking = false;
	known = true;
	while (!list_empty(&preparing)) {
		struct vm *vm = container_of(preparing.next, struct vm, preparing);
		list_del(&vm->preparing);
		choose(vm);
		zone_prepared(&vm->z);
	}
	if (told != NULL)
		told();
	told = NULL;
}

static void changed(void)
{
	const struct err *why = cannot.code != 0 ? &cannot : &unfit;
	log_info("kvm: %s", why->code != 0 ? why->text : "usable");
	obj_changed(tree_root());
}

static void on_answer(void *arg)
{
	(void)arg;
	if (read(result_fd, &unfit, sizeof(unfit)) != (ssize_t)sizeof(unfit))
		unfit = (struct err){EIO, "the probe of KVM crashed"};
	loop_close(&source);
	fd_close(&result_fd);
	waitpid(child, NULL, 0); /* it exits right after its answer */
	probed = true;
	changed();
	probe_settle();
}

static _Noreturn void probe_run(int kvm, int answer)
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
		probe_run(kvm, ends[1]);
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return err_sys("probe kvm");
	}
	result_fd = ends[0];
	source = loop_fd(result_fd, LOOP_READ, on_answer, NULL);
	return 0;
}

/* /dev/kvm that was gone may be another now: it is probed again. */
static void on_opened(void *arg, const struct helper_reply *reply, int fd)
{
	cleanup_fd int kvm = fd;
	bool was = cannot.code == 0, first = !known;
	(void)arg;
	cannot = reply->err;
	if (cannot.code != 0)
		probed = false;
	else if (kvm < 0)
		cannot = (struct err){EIO, "the helper gave no /dev/kvm"};
	else if (!probed && start_child(kvm) == 0)
		return;
	else if (!probed)
		err_copy(&cannot);
	if (first || was != (cannot.code == 0))
		changed();
	probe_settle();
}

static void kvm_ask(void)
{
	struct helper_kvm_open q = {0};
	if (asking)
		return;
	asking = true;
	helper_ask(HELPER_KVM_OPEN, &q, sizeof(q), NULL, 0, on_opened, NULL);
}

void accel_probe(void (*done)(void))
{
	told = done;
	kvm_ask();
}

int accel_prepare(struct zone *z)
{
	list_add_tail(&preparing, &vm_of(z)->preparing);
	kvm_ask();
	return 1;
}

/* Show what is known now; this also looks again, for the next time. */
void accel_show(struct buf *b)
{
	const struct err *why = cannot.code != 0 ? &cannot : &unfit;
	if (!known)
		buf_str(b, "kvm unusable: the probe is not through yet\naccel tcg\n");
	else if (why->code != 0)
		buf_printf(
		    b, "kvm unusable: %s\naccel %s\n", why->text, comes_yet() ? "kvm" : "tcg");
	else
		buf_str(b, "kvm usable\naccel kvm\n");
	kvm_ask();
}

/* ---- as a part of its VM ---- */

static void init(struct zone *z)
{
	list_init(&vm_of(z)->preparing);
}

/* Nothing is saved before it is chosen: a daemon may die while a VM waits for the probe. */
static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	if (zone_runs(z) && vm->accel_used != ACCEL_AUTO)
		buf_printf(b, "runs-by %d %" PRIu64 " %" PRIu64 "\n", vm->accel_used,
		    z->l.memory_unset, vm->beside);
}

/* The accelerator of this boot, its memory limit if memory.max is none, and what of that is beside
 * ram, which an older warren did not write. */
static int load(struct zone *z, const char *key, char *value)
{
	int accel;
	uint64_t bytes, beside = 0;
	if (strcmp(key, "runs-by") != 0)
		return 1;
	if (sscanf(value, "%d %" SCNu64 " %" SCNu64, &accel, &bytes, &beside) < 2 ||
	    (accel != ACCEL_KVM && accel != ACCEL_TCG && accel != ACCEL_AUTO))
		return err_set(EBADMSG, "bad accelerator");
	if (accel == ACCEL_AUTO) /* an older warren wrote this while a VM waited for the probe */
		return 0;
	vm_of(z)->accel_used = accel;
	z->l.memory_unset = bytes;
	vm_of(z)->beside = beside;
	return 0;
}

static int fill(struct zone *z, struct zone_request *r)
{
	r->q.kvm = vm_of(z)->accel_used == ACCEL_KVM;
	return accel_refuse(vm_of(z));
}

static void status(struct zone *z, struct buf *b)
{
	buf_printf(b, "accel %s\n", zone_is_up(z) ? accel_words[vm_of(z)->accel_used] : "-");
}

static void destroy(struct zone *z)
{
	list_del(&vm_of(z)->preparing);
}

const struct zone_part accel_part = {
    .init = init, .save = save, .load = load, .status = status, .fill = fill, .destroy = destroy};
