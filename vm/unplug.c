#include "vm/unplug.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A guest that boots hears nothing yet, so it is asked again. One that is asked sooner may take
 * that for a change of mind (PCI Express). What QEMU refuses the guest has not heard: a device that
 * has just come can't go for a moment. */
enum { AGAIN_SECONDS = 5, REFUSED_SECONDS = 1 };

struct unplug {
	struct vm *vm; /* borrowed: its questions end before it goes */
	char *id; /* owned */
	unsigned seconds; /* that are left */
	const bool *stop;
	ask_done *done;
	void *arg;
};

bool unplug_lists(const json_t *returned, const char *id)
{
	bool is = false;
	size_t i;
	json_t *one;
	json_array_foreach(returned, i, one)
		is = is || strcmp(json_word(one, "name"), id) == 0;
	return is;
}

static bool is_stopped(const struct unplug *u)
{
	return u->stop != NULL && *u->stop;
}

static void end(struct unplug *u, int result)
{
	ask_done *done = u->done;
	void *arg = u->arg;
	free(u->id);
	free(u);
	done(arg, result);
}

static int press(struct unplug *u);

static int look(void *arg, const json_t *returned)
{
	struct unplug *u = arg;
	return is_stopped(u) || !unplug_lists(returned, u->id);
}

static void looked(void *arg, int result)
{
	struct unplug *u = arg;
	if (is_stopped(u))
		end(u, 0);
	else if (result != 0 || u->seconds == 0)
		end(u, result);
	else if (press(u) < 0)
		end(u, -1);
}

/* QEMU refuses where it has asked already, or where the device is gone. */
static void pressed(void *arg, int result)
{
	struct unplug *u = arg;
	unsigned pause = result < 0 ? REFUSED_SECONDS : AGAIN_SECONDS;
	unsigned seconds = u->seconds < pause ? u->seconds : pause;
	u->seconds -= seconds;
	if (result < 0 && err_code() == ETIMEDOUT)
		end(u, -1);
	else if (ask(u->vm, UNPLUG_LIST, seconds * 1000, look, looked, u) < 0)
		end(u, -1);
}

static int press(struct unplug *u)
{
	char *command =
	    xasprintf("{\"execute\":\"device_del\",\"arguments\":{\"id\":\"%s\"}}", u->id);
	int r = ask(u->vm, command, 0, NULL, pressed, u);
	free(command);
	return r;
}

int unplug(
    struct vm *vm, const char *id, unsigned seconds, const bool *stop, ask_done *done, void *arg)
{
	struct unplug *u = xcalloc(1, sizeof(*u));
	*u = (struct unplug){vm, xstrdup(id), seconds, stop, done, arg};
	if (press(u) == 0)
		return 0;
	free(u->id);
	free(u);
	return -1;
}
