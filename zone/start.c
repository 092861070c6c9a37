/* From settings to process 1, and what is left afterwards. Each step asks the helper and goes on
 * when it has answered:
 *
 *	zone_start: prepare - groups, and meanwhile the request - limits - process 1 - its monitor
 *	zone_clean: the monitor goes - groups and socket go
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/change.h"
#include "host/ask.h"
#include "protocol/orders.h"
#include "zone/link.h"
#include "zone/net/nics.h"
#include "zone/parts.h"
#include "zone/rlimits.h"
#include "zone/start.h"
#include "zone/state.h"

static void start_fail(struct zone *z)
{
	err_copy(&z->why);
	zone_event(z, EV_NOSTART);
}

static bool is_refused(struct zone *z, const struct helper_reply *reply)
{
	if (reply->err.code == 0)
		return false;
	err_restore(&reply->err);
	start_fail(z);
	return true;
}

int orders_check(const struct buf *argv, uint32_t argc, const struct buf *env, uint32_t envc)
{
	if (argv->len + env->len > ORDERS_MAX || argc + envc > ORDERS_STRINGS)
		return err_set(E2BIG, "init and env are too long together");
	return 0;
}

/* What process 1 is told, in a memory file. */
static int make_orders(struct zone *z)
{
	struct buf argv = {0}, env = {0};
	struct orders o = {.magic = ORDERS_MAGIC};
	struct rlimits limits;
	rlimits_of(z, &limits);
	int result = z->kind->orders(z, &argv, &o.argc, &env, &o.envc);
	cleanup_fd int fd = -1;
	o.size = (uint32_t)(argv.len + env.len);
	if (result == 0)
		result = orders_check(&argv, o.argc, &env, o.envc);
	if (result == 0 && (fd = memfd_create("orders", MFD_CLOEXEC)) < 0)
		result = err_sys("make the orders");
	if (result == 0 &&
	    (fd_write_all(fd, &o, sizeof(o)) < 0 ||
		fd_write_all(fd, buf_text(&argv), argv.len) < 0 ||
		fd_write_all(fd, buf_text(&env), env.len) < 0 ||
		fd_write_all(fd, &limits, z->kind->init_limits ? sizeof(limits) : 0) < 0 ||
		lseek(fd, 0, SEEK_SET) < 0))
		result = err_sys("write the orders");
	buf_finish(&argv);
	buf_finish(&env);
	return result == 0 ? fd_move(&fd) : -1;
}

static void on_launched(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (is_refused(z, reply))
		return;
	z->pid = reply->pid;
	if (z->uids.base != reply->uids.base) {
		z->uids = reply->uids;
		change_save(&z->l.obj);
	}
	z->started = now_ns() / 1000;
	if (link_open(z) < 0) {
		err_wrap("its monitor does not answer");
		start_fail(z);
	} else if (!z->kind->monitor_starts) {
		zone_event(z, EV_STARTED);
	} /* else MON_RUNNING of its monitor does (link.c) */
}

struct zone_request *request_create(const struct zone *z)
{
	struct zone_request *r = xcalloc(1, sizeof(*r));
	r->q.zone.id = z->l.obj.id;
	r->log = r->orders = r->list = r->metadata = -1;
	return r;
}

void request_destroy(struct zone_request *r)
{
	if (r == NULL)
		return;
	fd_close(&r->orders);
	fd_close(&r->metadata);
	fd_close(&r->list);
	free(r);
}

static void request_end(struct zone *z)
{
	request_destroy(z->request);
	z->request = NULL;
}

static void process_launch(struct zone *z)
{
	struct zone_request *r = z->request;
	int fds[4] = {r->log, r->orders}, n = 2;
	if (r->metadata >= 0)
		fds[n++] = r->metadata;
	if (r->list >= 0)
		fds[n++] = r->list;
	r->q.zone.uids = z->uids;
	helper_ask(z->kind->op, &r->q, z->kind->request, fds, n, on_launched, z);
	request_end(z);
}

static void on_grouped(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (is_refused(z, reply))
		return;
	if (z->why.code != 0)
		zone_event(z, EV_NOSTART);
	else if (limits_begin(&z->l) < 0)
		start_fail(z);
	else
		process_launch(z);
}

/* Make all of the request but what only the helper's answer can tell. */
static int request_make(struct zone *z)
{
	struct zone_request *r = z->request = request_create(z);
	if (parts_fill(z, r) < 0 || parts_begin(z, r) < 0)
		return -1;
	r->orders = make_orders(z);
	return r->orders < 0 ? -1 : 0;
}

void zone_prepared(struct zone *z)
{
	if (z->why.code != 0) {
		zone_event(z, EV_NOSTART);
		return;
	}
	struct helper_group_make q = {.id = z->l.obj.id};
	helper_ask(HELPER_GROUP_MAKE, &q, sizeof(q), NULL, 0, on_grouped, z);
	if (request_make(z) < 0) /* while the helper makes them */
		err_copy(&z->why);
}

void zone_start(struct zone *z)
{
	int result = z->kind->prepare != NULL ? z->kind->prepare(z) : 0;
	if (result < 0)
		err_copy(&z->why);
	if (result <= 0)
		zone_prepared(z);
}

static void on_cleaned(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (reply->err.code != 0)
		log_error("%s: clean up: %s", z->l.obj.name, reply->err.text);
	zone_event(z, EV_CLEANED);
}

static void monitor_gone(struct zone *z)
{
	struct helper_zone_clean q = {.id = z->l.obj.id, .nics = nics_left(z)};
	helper_ask(HELPER_ZONE_CLEAN, &q, sizeof(q), NULL, 0, on_cleaned, z);
}

void zone_clean(struct zone *z)
{
	request_end(z);
	parts_end(z);
	link_bye(z, monitor_gone);
}

void zone_find(struct zone *z)
{
	if (link_open(z) == 0)
		zone_event(z, EV_FOUND);
	parts_found(z);
}

const struct zone_part start_part = {.destroy = request_end};
