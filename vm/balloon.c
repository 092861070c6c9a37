/* The balloon: memory that the guest lends to the host, at the word of ctl (balloon), and by itself
 * what it has freed (free page reporting; both are in virtio 1.2, 5.5). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/word.h"
#include "vm/ask.h"
#include "vm/hardware.h"
#include "vm/os.h"
#include "zone/state.h"

/* QEMU rounds the size of RAM up to ROUNDED. LEAST: what a size has to leave of it. A guest that
 * has come nearer in WAIT_SECONDS gets as many again, WAITS times at most. */
enum { WAIT_SECONDS = 10, WAITS = 6, ROUNDED = 8192, LEAST = 1 << 20 };

/* A guest that runs out of memory takes back what it has lent. */
void balloon_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	if (!os_has_virtio(vm))
		return;
	args_opt(a, "-device", "virtio-balloon-%s,free-page-reporting=on,deflate-on-oom=on",
	    machine_get(vm->machine.n)->pci ? "pci" : "device");
}

struct ballooning {
	struct vm *vm;
	struct command *command; /* ctl.c keeps it until it is done */
	uint64_t wanted; /* bytes of all its memory */
	uint64_t more; /* of these, what virtio-mem gives, which is never in the balloon */
	uint64_t has; /* the rest, as it is now */
	uint64_t
	    left; /* so far it was from what is wanted, when that was looked at last; 0: never */
	int waits; /* that are over */
};

static void end(struct ballooning *q, bool ok)
{
	struct command *c = q->command;
	free(q);
	command_done(c, ok);
}

static uint64_t distance(const struct ballooning *q)
{
	uint64_t wanted = q->wanted - q->more;
	return q->has > wanted ? q->has - wanted : wanted - q->has;
}

static int look_at_balloon(void *arg, const json_t *returned)
{
	struct ballooning *q = arg;
	q->has = ask_bytes(returned, "actual");
	if (q->left == 0)
		q->left = distance(q);
	return distance(q) < ROUNDED;
}

static void reached(void *arg, int result);

static int wait_for_guest(struct ballooning *q)
{
	return ask(q->vm, "{\"execute\":\"query-balloon\"}", WAIT_SECONDS * 1000, look_at_balloon,
	    reached, q);
}

static void reached(void *arg, int result)
{
	struct ballooning *q = arg;
	bool nearer = distance(q) < q->left;
	q->left = distance(q);
	q->waits++;
	if (result == 0 && nearer && q->waits < WAITS) {
		if (wait_for_guest(q) == 0)
			return;
		result = -1;
	}
	if (result == 0)
		err_set(EIO,
		    "after %d s the guest has %" PRIu64 " bytes, not %" PRIu64
		    ": it may go on; see whether it has a driver (virtio_balloon)",
		    q->waits * WAIT_SECONDS, q->has + q->more, q->wanted);
	end(q, result > 0);
}

/* Nor has a QEMU a balloon that an older warren booted. */
static void told(void *arg, int result)
{
	struct ballooning *q = arg;
	if (result < 0 && err_code() == EIO)
		err_set(
		    EOPNOTSUPP, "it was booted without a balloon: set os to linux, and reboot it");
	if (result < 0 || wait_for_guest(q) < 0)
		end(q, false);
}

static int look_at_memory(void *arg, const json_t *returned)
{
	struct ballooning *q = arg;
	uint64_t base = ask_bytes(returned, "base-memory");
	q->more = ask_bytes(returned, "plugged-memory");
	if (q->wanted > base + q->more || q->wanted < q->more + LEAST)
		return err_set(ERANGE,
		    "its memory can't have %" PRIu64 " bytes now: give %" PRIu64 " to %" PRIu64,
		    q->wanted, q->more + LEAST, base + q->more);
	return 1;
}

static void memory_known(void *arg, int result)
{
	struct ballooning *q = arg;
	char command[80];
	snprintf(command, sizeof(command),
	    "{\"execute\":\"balloon\",\"arguments\":{\"value\":%" PRIu64 "}}", q->wanted - q->more);
	if (result < 0 || ask(q->vm, command, 0, NULL, told, q) < 0)
		end(q, false);
}

int balloon_command(struct obj *o, struct command *c)
{
	struct zone *z = zone_of(o);
	uint64_t bytes;
	if (word_size(c->argv[0], "give bytes (K, M, G or T are taken)", &bytes) < 0)
		return -1;
	if (z->state != ZONE_RUNNING)
		return err_set(ESRCH, "it is %s: a balloon needs a guest that runs",
		    zone_state_names[z->state]);
	struct ballooning *q = xcalloc(1, sizeof(*q));
	*q = (struct ballooning){.vm = vm_of(z), .command = c, .wanted = bytes};
	if (ask(q->vm, "{\"execute\":\"query-memory-size-summary\"}", 0, look_at_memory,
		memory_known, q) == 0)
		return COMMAND_WAITS;
	free(q);
	return -1;
}
