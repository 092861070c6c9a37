/* Only the human monitor has commands for this. What it answers is empty where all went well. */
#include "vm/nicforward.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "zone/net/nic.h"

enum { COMMAND = 160, OLD = 2 * NIC_PUBLISHED /* those that may be there, of TCP and UDP */ };

struct forwarding {
	struct vm *vm; /* borrowed: its questions end before it goes */
	unsigned n;
	int i; /* those that are done: the old ones, then the new ones */
	ask_done *done;
	void *arg;
};

static int next(struct forwarding *f);

static void end(struct forwarding *f, int result)
{
	ask_done *done = f->done;
	void *arg = f->arg;
	free(f);
	done(arg, result);
}

static int look(void *arg, const json_t *returned)
{
	const struct forwarding *f = arg;
	const char *said = json_string_value(returned);
	if (f->i < OLD || said == NULL || *said == '\0')
		return 1;
	return err_set(EIO, "QEMU leads no port %d on: see whether the VM has many connections",
	    NIC_FORWARDED + f->i - OLD);
}

static void answered(void *arg, int result)
{
	struct forwarding *f = arg;
	if (result < 0 && f->i >= OLD) {
		end(f, result);
		return;
	}
	f->i++;
	int r = next(f);
	if (r <= 0)
		end(f, r < 0 ? -1 : 1);
}

/* 1: answered() is called later; 0: all is done; -1 */
static int next(struct forwarding *f)
{
	const struct nic_line *line = f->vm->z.nics.set[f->n].v.p;
	const struct helper_publish *p = line != NULL ? line->nic.published : NULL;
	int fresh = line != NULL ? line->nic.npublished : 0;
	char command[COMMAND];
	int i = f->i - OLD;
	if (i == fresh)
		return 0;
	if (i < 0)
		snprintf(command, sizeof(command),
		    "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
		    "\"hostfwd_remove user%u %s::%d\"}}",
		    f->n, f->i % 2 == 0 ? "tcp" : "udp", NIC_FORWARDED + f->i / 2);
	else
		snprintf(command, sizeof(command),
		    "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
		    "\"hostfwd_add user%u " NIC_FORWARD "\"}}",
		    f->n, NIC_FORWARD_OF(p, i));
	return ask(f->vm, command, 0, look, answered, f) < 0 ? -1 : 1;
}

int nicforward_set(struct vm *vm, unsigned n, ask_done *done, void *arg)
{
	struct forwarding *f = xcalloc(1, sizeof(*f));
	*f = (struct forwarding){.vm = vm, .n = n, .done = done, .arg = arg};
	if (next(f) > 0)
		return 0;
	free(f);
	return -1;
}
