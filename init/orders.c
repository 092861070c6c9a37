#include "init/init.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/rlimits.h"
#include "protocol/orders.h"

/* One byte more than allowed, to notice a longer file; pages that are not touched cost nothing. */
static char strings[ORDERS_MAX];
static char *words[ORDERS_STRINGS + 2];

static int orders_refuse(const char *why)
{
	return err_set(EBADMSG, "init: its orders are damaged: %s", why);
}

/* All there is, up to n bytes: a short read of a memory file is its end. */
static size_t read_at(int fd, void *to, size_t n, off_t from)
{
	size_t done = 0;
	while (done < n) {
		ssize_t k = pread(fd, (char *)to + done, n - done, from + (off_t)done);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	return done;
}

/* Place the next n strings at *to, and a NULL behind them. */
static char **cut(char **to, size_t n, char **at, const char *end)
{
	for (size_t i = 0; i < n; i++) {
		if (*at == end)
			return NULL;
		*to++ = *at;
		*at += strlen(*at) + 1; /* the last byte is a NUL */
	}
	*to++ = NULL;
	return to;
}

static int strings_split(const struct orders *o, char ***argv, char ***envp)
{
	char *at = strings, *end = strings + o->size;
	*argv = words;
	*envp = cut(words, o->argc, &at, end);
	if (*envp == NULL || cut(*envp, o->envc, &at, end) == NULL || at != end)
		return orders_refuse("the strings are not as many as it says");
	return 0;
}

/* 1: a zone has some; 0: a VM's QEMU none. */
static int limits_take(int fd, size_t from)
{
	struct {
		struct rlimits l;
		char spare;
	} tail;
	size_t n = read_at(fd, &tail, sizeof(tail.l) + 1, (off_t)from);
	if (n == 0)
		return 0;
	if (n != sizeof(tail.l))
		return orders_refuse("not as long as it says");
	return rlimits_take(&tail.l) < 0 ? -1 : 1;
}

int orders_read(int fd, char ***argv, char ***envp)
{
	struct orders o;
	if (read_at(fd, &o, sizeof(o), 0) != sizeof(o) || o.magic != ORDERS_MAGIC)
		return orders_refuse("no head");
	if (o.size > ORDERS_MAX || o.argc > ORDERS_STRINGS || o.envc > ORDERS_STRINGS - o.argc)
		return orders_refuse("more than can be");
	if (read_at(fd, strings, o.size, sizeof(o)) != o.size)
		return orders_refuse("not as long as it says");
	if (o.size > 0 && strings[o.size - 1] != '\0')
		return orders_refuse("the last string has no end");
	int zone = limits_take(fd, sizeof(o) + o.size);
	return zone < 0 || strings_split(&o, argv, envp) < 0 ? -1 : zone;
}
