/* From settings to process 1, and what is left afterwards. Each step asks the helper and goes on
 * when it has answered:
 *
 *	zone_start - prepare - groups - limits - log, orders - process 1 - its monitor
 *	zone_clean - the monitor goes - groups and socket go
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
#include "zone/hostname.h"
#include "protocol/orders.h"
#include "zone/exec/job.h"
#include "zone/link.h"
#include "zone/hostmount/hostmounts.h"
#include "zone/zone.h"

static void fail(struct zone *z)
{
	err_copy(&z->why);
	zone_event(z, EV_NOSTART);
}

static bool refused(struct zone *z, const struct helper_reply *reply)
{
	if (reply->err.code == 0)
		return false;
	err_take(&reply->err);
	fail(z);
	return true;
}

/* What process 1 is told, in a memory file. */
static int make_orders(struct zone *z)
{
	struct buf argv = {0}, env = {0};
	struct orders o = {.magic = ORDERS_MAGIC};
	int result = z->kind->orders(z, &argv, &o.argc, &env, &o.envc);
	cleanup_fd int fd = -1;
	o.size = (uint32_t)(argv.len + env.len);
	if (result == 0 && (argv.len + env.len > ORDERS_MAX || o.argc + o.envc > ORDERS_STRINGS))
		result = err_set(E2BIG, "init and env are too long together");
	if (result == 0 && (fd = memfd_create("orders", MFD_CLOEXEC)) < 0)
		result = err_sys("make the orders");
	if (result == 0 &&
	    (fd_write_all(fd, &o, sizeof(o)) < 0 ||
		fd_write_all(fd, buf_text(&argv), argv.len) < 0 ||
		fd_write_all(fd, buf_text(&env), env.len) < 0 || lseek(fd, 0, SEEK_SET) < 0))
		result = err_sys("write the orders");
	buf_finish(&argv);
	buf_finish(&env);
	return result == 0 ? fd_move(&fd) : -1;
}

static void launched(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	fd_close(&fd);
	if (refused(z, reply))
		return;
	z->pid = reply->pid;
	if (z->uids.base != reply->uids.base) {
		z->uids = reply->uids;
		change_save(&z->l.obj);
	}
	z->started = now_ns() / 1000;
	if (link_open(z) < 0) {
		err_wrap("its monitor does not answer");
		fail(z);
	} else if (z->kind->op == HELPER_ZONE_START) {
		zone_event(z, EV_STARTED);
	} /* a VM has started when its monitor says MON_RUNNING: QEMU can go on then (link.c) */
}

static void launch(struct zone *z, int log, int orders)
{
	struct helper_vm_start *q = xcalloc(1, sizeof(*q));
	cleanup_fd int hostmounts = -1;
	int fds[3] = {log, orders}, nfds = 2;
	q->zone.id = z->l.obj.id;
	q->zone.uids = z->uids;
	q->zone.privileges = privileges_mask(z);
	q->zone.image = z->image_id;
	q->zone.memory = z->l.memory.n != VALUE_NONE ? z->l.memory.n : 0;
	memcpy(q->zone.nics, z->nics.now, sizeof(q->zone.nics));
	memccpy(q->zone.hostname, hostname_of(z), '\0', sizeof(q->zone.hostname) - 1);
	z->hostname_due = z->hostmounts.due = false;
	z->hostmounts.waits = 0;
	if (!word_is_name(q->zone.hostname)) { /* a settings file changed by hand */
		free(q);
		err_set(EIO, "its settings have a bad hostname");
		fail(z);
		return;
	}
	if ((z->mounts.s != NULL || z->devices.s != NULL) &&
	    (hostmounts = fds[nfds++] = hostmounts_list(z, &q->zone.hostmounts)) < 0) {
		free(q);
		fail(z);
		return;
	}
	if (z->kind->request != NULL && z->kind->request(z, q) < 0) {
		free(q);
		fail(z);
		return;
	}
	size_t size = z->kind->op == HELPER_VM_START ? sizeof(*q) : sizeof(q->zone);
	helper_ask(z->kind->op, q, size, fds, nfds, launched, z);
	free(q);
}

static void grouped(void *arg, const struct helper_reply *reply, int fd)
{
	struct zone *z = arg;
	cleanup_fd int orders = fd_move(&z->orders);
	fd_close(&fd);
	if (refused(z, reply))
		return;
	if (z->why.code != 0)
		zone_event(z, EV_NOSTART);
	else if (limits_begin(&z->l) < 0)
		fail(z);
	else
		launch(z, z->console.fd, orders);
}

void zone_prepared(struct zone *z)
{
	if (z->why.code != 0) {
		zone_event(z, EV_NOSTART);
		return;
	}
	if (zone_image_take(z) < 0) {
		fail(z);
		return;
	}
	struct helper_group_make q = {.id = z->l.obj.id};
	helper_ask(HELPER_GROUP_MAKE, &q, sizeof(q), NULL, 0, grouped, z);
	/* while the helper makes them */
	if (nics_begin(z) < 0 || console_new_log(z) < 0 || (z->orders = make_orders(z)) < 0)
		err_copy(&z->why);
}

void zone_start(struct zone *z)
{
	jobs_drop(z, false);
	int result = z->kind->prepare != NULL ? z->kind->prepare(z) : 0;
	if (result < 0)
		err_copy(&z->why);
	if (result <= 0)
		zone_prepared(z);
}

static void cleaned(void *arg, const struct helper_reply *reply, int fd)
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
	helper_ask(HELPER_ZONE_CLEAN, &q, sizeof(q), NULL, 0, cleaned, z);
}

void zone_clean(struct zone *z)
{
	jobs_end(z);
	limits_end(&z->l);
	link_bye(z, monitor_gone);
}

/* A write may have been under way; asking for what is there costs little. */
static void hostmounts_found(struct zone *z)
{
	char notes[sizeof(z->l.group) + 8];
	snprintf(notes, sizeof(notes), "%s.shares", z->l.group);
	z->hostmounts.due = faccessat(zone_monitors_dir, notes, F_OK, 0) == 0;
	if (zone_is_up(z))
		hostmounts_settle(z);
}

void zone_find(struct zone *z)
{
	if (link_open(z) == 0) {
		console_open_log(z);
		limits_found(&z->l);
		zone_event(z, EV_FOUND);
		nics_found(z);
		link_settle(z);
		pause_find(z);
		hostmounts_found(z);
	} else {
		z->image_id = 0;
		restart_find(z);
	}
	jobs_find(z);
}
