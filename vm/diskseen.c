#include "vm/diskseen.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "vm/blockdev.h"
#include "vm/plugged.h"
#include "vm/unplug.h"

struct looking {
	struct vm *vm; /* borrowed: its questions end before it goes */
	struct disks_seen *to; /* borrowed */
	unsigned asked; /* questions */
	ask_done *done;
	void *arg;
};

static int look_at_devices(void *arg, const json_t *list)
{
	struct disks_seen *to = ((struct looking *)arg)->to;
	to->devices =
	    plugged_devices(list, "disk", "virtio-blk-pci") | plugged_devices(list, "disk", "nvme");
	to->ports = plugged_devices(list, "port-disk", "pcie-root-port");
	return 1;
}

static int look_at_sets(void *arg, const json_t *sets)
{
	((struct looking *)arg)->to->given = plugged_sets(sets, DISK_SET);
	return 1;
}

static int look_at_blocks(void *arg, const json_t *blocks)
{
	((struct looking *)arg)->to->open = plugged_disks(blocks);
	return 1;
}

static const struct {
	const char *command;
	ask_look *look;
} questions[] = {
    {UNPLUG_LIST, look_at_devices},
    {PLUGGED_SETS, look_at_sets},
    {PLUGGED_BLOCKS, look_at_blocks},
};

static void answered(void *arg, int result);

static int next(struct looking *l)
{
	unsigned i = l->asked++;
	return ask(l->vm, questions[i].command, 0, questions[i].look, answered, l);
}

static void answered(void *arg, int result)
{
	struct looking *l = arg;
	ask_done *done = l->done;
	void *for_done = l->arg;
	if (result > 0 && l->asked < NELEM(questions)) {
		if (next(l) == 0)
			return;
		result = -1;
	}
	free(l);
	done(for_done, result);
}

int diskseen_ask(struct vm *vm, struct disks_seen *to, ask_done *done, void *arg)
{
	struct looking *l = xcalloc(1, sizeof(*l));
	*l = (struct looking){.vm = vm, .to = to, .done = done, .arg = arg};
	if (next(l) == 0)
		return 0;
	free(l);
	return -1;
}
