#include "vm/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/change.h"
#include "host/event.h"
#include "protocol/start.h"
#include "vm/hardware.h"
#include "vm/os.h"
#include "zone/parts.h"

/* max_ports: one for the agent, and port 0, which is kept for a console (QEMU's
 * hw/char/virtio-serial-bus.c). Each port costs the guest two queues. Behind all other devices, so
 * that none of these is at another place on the bus than an older warren gave it. */
void agent_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (!os_has_virtio(vm))
		return;
	args_opt(a, "-device", "virtio-serial-%s,max_ports=2",
	    machine_get(vm->machine.n)->pci ? "pci" : "device");
	args_opt(a, "-chardev", "socket,id=agent,fd=%d", ZONE_FD_AGENT);
	args_opt(a, "-device", "virtserialport,id=agent,chardev=agent,name=org.qemu.guest_agent.0");
}

/* ---- what is told of it ---- */

/* The monitor has checked the version, but a monitor is not believed. */
static void version_take(struct vm *vm, const char *said)
{
	size_t n = 0;
	for (; said[n] > ' ' && said[n] <= '~' && n < sizeof(vm->agent) - 1; n++)
		vm->agent[n] = said[n];
	vm->agent[n] = '\0';
}

static void version_change(struct zone *z, const char *said)
{
	struct vm *vm = vm_of(z);
	char was[sizeof(vm->agent)], more[16 + sizeof(vm->agent)];
	memcpy(was, vm->agent, sizeof(was));
	version_take(vm, said);
	if (strcmp(was, vm->agent) == 0)
		return;
	snprintf(more, sizeof(more), "version=%s", vm->agent[0] != '\0' ? vm->agent : "none");
	event_emit(&z->l.obj, z->kind->dir, "agent", more);
	change_save(&z->l.obj); /* so that the next daemon does not report it again */
}

void agent_told(struct zone *z, const struct mon_event *e)
{
	if (zone_runs(z))
		version_change(z, e->err.text);
}

int agent_check(struct zone *z)
{
	const struct vm *vm = vm_of(z);
	if (vm->agent[0] != '\0')
		return 0;
	if (!os_has_virtio(vm))
		return err_set(
		    EOPNOTSUPP, "only a guest with os linux has a port for its guest agent");
	return err_set(EOPNOTSUPP,
	    "no guest agent answers in it: install qemu-guest-agent there, and start it");
}

static int show(struct obj *o, const struct row *r, struct buf *b)
{
	const struct vm *vm = vm_of(zone_of(o));
	(void)r;
	if (vm->agent[0] != '\0')
		buf_printf(b, "connected %s\n", vm->agent);
	else
		buf_str(b, "none\n");
	return 0;
}

const struct row agent_rows[] = {
    {241, "agent", 0444, 0, "the guest agent (qemu-ga) that answers: connected VERSION, or none",
	.show = show},
    {0},
};

/* ---- as a part of its VM ---- */

static void save(const struct zone *z, struct buf *b)
{
	const struct vm *vm = vm_of((struct zone *)(uintptr_t)z);
	if (zone_runs(z) && vm->agent[0] != '\0')
		buf_printf(b, "agent %s\n", vm->agent);
}

static int load(struct zone *z, const char *key, char *value)
{
	if (strcmp(key, "agent") != 0)
		return 1;
	version_take(vm_of(z), value);
	return 0;
}

static void end(struct zone *z)
{
	vm_of(z)->agent[0] = '\0';
}

/* It may have ended while there was no daemon. */
static void found(struct zone *z)
{
	if (!zone_runs(z))
		end(z);
}

const struct zone_part agent_part = {.save = save, .load = load, .end = end, .found = found};
