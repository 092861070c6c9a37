/* The commands of a VM's ctl, besides those of all zones. */
#include <errno.h>

#include "vm/ask.h"
#include "vm/eject.h"
#include "vm/hardware.h"
#include "vm/nvram/nvram.h"
#include "zone/state.h"

static void button_pressed(void *arg, int result)
{
	command_done(arg, result > 0);
}

/* What a button of a machine does: QEMU answers at once. */
static int press(struct obj *o, struct command *c, const char *command)
{
	struct zone *z = zone_of(o);
	if (!zone_is_up(z))
		return err_set(ESRCH, "it is %s: boot it first", zone_state_names[z->state]);
	return ask(vm_of(z), command, 0, NULL, button_pressed, c) < 0 ? -1 : COMMAND_WAITS;
}

static int cmd_reset(struct obj *o, struct command *c)
{
	return press(o, c, "{\"execute\":\"system_reset\"}");
}

static int cmd_nmi(struct obj *o, struct command *c)
{
	return press(o, c, "{\"execute\":\"inject-nmi\"}");
}

#define S(state) (1U << ZONE_##state)
#define DOWN (S(CONFIGURED) | S(HALTED) | S(FAILED))

const struct command_row vm_commands[] = {
    {"balloon", 1, 1, balloon_command, "balloon SIZE", S(RUNNING), "setmem"},
    {"eject", 0, 1, eject_command, "eject [cdrom|cdrom1]", 0, "change-media"},
    {"enroll", 0, 0, nvram_enroll, "enroll", DOWN, "enroll-efi-keys"},
    {"nmi", 0, 0, cmd_nmi, "nmi", S(RUNNING), "inject-nmi"},
    {"reset", 0, 0, cmd_reset, "reset", S(RUNNING) | S(PAUSED), NULL},
    {0},
};
