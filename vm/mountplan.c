#include "vm/mountplan.h"

#include "vm/hardware.h"
#include "zone/pending.h"

static bool is_wanted(const struct mountplan *p, unsigned n)
{
	for (unsigned i = 0; i < p->want.n; i++)
		if (vm_mounts_serve(p->vm, n, &p->want.list[i]))
			return true;
	return false;
}

static bool is_there(const struct mountplan *p, unsigned i)
{
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		if ((mountplan_in(p->opened, n) && p->line[n] == i) ||
		    vm_mounts_serve(p->vm, n, &p->want.list[i]))
			return true;
	return false;
}

/* A guest would know two by one tag. One of a daemon that died may have any. */
static bool has_tag(const struct mountplan *p, const char *tag)
{
	for (unsigned n = 0; n < VM_MOUNTS; n++)
		if (mountplan_in(p->devices, n) && vm_mounts_may_have(p->vm, n, tag))
			return true;
	return false;
}

bool mountplan_differs(const struct vm *vm)
{
	struct mountplan p = {.vm = (struct vm *)(uintptr_t)vm};
	bool any = false;
	if (vm_mounts_lines(vm, &p.want) == 0) {
		for (unsigned n = 0; n < VM_MOUNTS; n++)
			any = any || (vm->mounts_has[n] != NULL && !is_wanted(&p, n));
		for (unsigned i = 0; i < p.want.n; i++)
			any = any || !is_there(&p, i);
	}
	mount_lines_free(&p.want);
	return any;
}

/* The machine that runs may not be that of the settings, or one of an older warren. */
static bool has_place(const struct mountplan *p, unsigned n)
{
	const struct vm *vm = p->vm;
	enum machine_places places = machine_get(vm->machine.n)->places;
	return !pending_waits(&vm->z, row_by_name(vm->z.l.obj.type, "machine")) &&
	       (places == PLACES_SLOTS || (places == PLACES_PORTS && mountplan_in(p->ports, n)));
}

/* A number that has become free in this very look is for the next one: till then it is on disk
 * that it serves its old line. */
static bool is_free(const struct mountplan *p, unsigned n)
{
	bool opened = mountplan_in(p->opened, n) && p->line[n] < VM_MOUNTS;
	return !opened && !mountplan_in(p->devices | p->left, n) && has_place(p, n);
}

static bool find_place(struct mountplan *p)
{
	for (p->n = 0; p->n < VM_MOUNTS; p->n++)
		if (is_free(p, p->n))
			return true;
	return false;
}

bool mountplan_coming(struct mountplan *p)
{
	for (p->i = 0; p->i < p->want.n; p->i++)
		if (p->shared && !mountplan_in(p->came, p->i) && !is_there(p, p->i))
			return find_place(p);
	return false;
}

bool mountplan_going(struct mountplan *p)
{
	for (p->n = 0; p->n < VM_MOUNTS; p->n++)
		if (mountplan_in(p->devices & ~p->left, p->n) && has_place(p, p->n) &&
		    !is_wanted(p, p->n))
			return true;
	return false;
}

bool mountplan_opened(struct mountplan *p)
{
	for (p->n = 0; p->n < VM_MOUNTS; p->n++)
		if (mountplan_in(p->opened, p->n) && p->line[p->n] < VM_MOUNTS &&
		    !has_tag(p, p->want.list[p->line[p->n]].tag))
			return true;
	return false;
}
