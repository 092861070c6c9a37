#include "vm/commands.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "vm/ask.h"

struct commands {
	struct vm *vm; /* borrowed: its questions end before it goes */
	json_t *list; /* owned: those that are not sent yet */
	enum commands_mode mode;
	commands_done *done;
	void *arg;
};

void commands_add(json_t *list, const char *name, json_t *arguments)
{
	json_array_append_new(
	    list, json_pack("{s:s, s:o}", "execute", name, "arguments", arguments));
}

/* Keeps the error. */
static void end(struct commands *c, bool ok)
{
	commands_done *done = c->done;
	void *arg = c->arg;
	json_decref(c->list);
	free(c);
	done(arg, ok);
}

static void next(struct commands *c);

static void answered(void *arg, int result)
{
	struct commands *c = arg;
	if (result < 0 && (c->mode == COMMANDS_STRICT || err_code() != EIO))
		end(c, false);
	else
		next(c);
}

static void next(struct commands *c)
{
	if (json_array_size(c->list) == 0) {
		end(c, true);
		return;
	}
	char *text = json_dumps(json_array_get(c->list, 0), JSON_COMPACT);
	json_array_remove(c->list, 0);
	int r = ask(c->vm, text, 0, NULL, answered, c);
	free(text);
	if (r < 0)
		end(c, false);
}

void commands_run(
    struct vm *vm, json_t *list, enum commands_mode mode, commands_done *done, void *arg)
{
	struct commands *c = xcalloc(1, sizeof(*c));
	*c = (struct commands){vm, list, mode, done, arg};
	next(c);
}
