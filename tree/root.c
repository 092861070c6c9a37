#include "tree/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/word.h"
#include "fs/ctl.h"
#include "fs/entry.h"
#include "fs/error.h"
#include "fs/help.h"
#include "fs/settings.h"
#include "images/image.h"
#include "images/import.h"
#include "tree/host.h"
#include "tree/list.h"
#include "tree/load.h"
#include "tree/order.h"
#include "rctl/group.h"
#include "vm/vm.h"
#include "host/event.h"
#include "host/ask.h"
#include "zone/image.h"
#include "zone/limited.h"
#include "zone/net/nics.h"
#include "zone/object.h"
#include "zone/rows.h"
#include "zone/start.h"
#include "zone/state.h"

struct root {
	struct obj obj;
	struct dir zones, vms, images;
};

static struct root root;

/* ---- every zone and VM ---- */

void root_each(void (*fn)(struct zone *, void *), void *arg)
{
	list_each(o, &root.zones.objs, struct obj, sibling)
		fn(zone_of(o), arg);
	list_each(v, &root.vms.objs, struct obj, sibling)
		fn(zone_of(v), arg);
}

static void count_running(struct zone *z, void *n)
{
	*(unsigned *)n += zone_runs(z) ? 1 : 0;
}

/* ---- images ---- */

struct users {
	const struct image *image;
	struct buf *to;
};

static void add_user(struct zone *z, void *arg)
{
	struct users *u = arg;
	if (zone_uses(z, u->image))
		buf_printf(u->to, "%s/%s\n", z->kind->dir, z->l.obj.name);
}

static void users_show(const struct image *m, struct buf *b)
{
	struct users u = {m, b};
	root_each(add_user, &u);
}

static void sweep_image(struct image *m)
{
	if (!m->obj.unreadable)
		image_find_left(m);
}

/* ---- texts ---- */

static int show_version(struct obj *o, const struct row *r, struct buf *b)
{
	(void)o, (void)r;
	buf_str(b, "warren " VERSION "\n");
	return 0;
}

static int show_host(struct obj *o, const struct row *r, struct buf *b)
{
	struct host_counts n = {.zones = root.zones.count, .vms = root.vms.count};
	(void)o, (void)r;
	root_each(count_running, &n.running);
	host_show(&n, b);
	return 0;
}

static int show_list(struct obj *o, const struct row *r, struct buf *b)
{
	(void)o, (void)r;
	list_show((const struct dir *[]){&root.zones, &root.vms, NULL}, b);
	return 0;
}

/* ---- ctl ---- */

static void on_enter(void)
{
	images_used();
	order_entered(&root.obj);
}

static int cmd_log(struct obj *o, struct command *c)
{
	(void)o;
	int level = log_level_of(c->argv[0]);
	if (level < 0)
		return -1;
	log_set_level((enum log_level)level);
	return 0;
}

static const struct command_row commands[] = {
    {"boot-all", 0, 0, order_boot_all, "boot-all", 0, "start-all"},
    {"halt-all", 0, 0, order_halt_all, "halt-all", 0, NULL},
    {"log", 1, 1, cmd_log, "log error|warn|info|debug", 0, NULL},
    {"shutdown-all", 0, 1, order_shutdown_all, "shutdown-all [SECONDS]", 0, "stop-all"},
    {0},
};

/* ---- the rows ---- */

static struct obj *new_zone(struct obj *o, const struct row *slot, const char *name)
{
	return zone_new(zone_create(tree_new_id(), name, o, slot));
}

static struct obj *new_vm(struct obj *o, const struct row *slot, const char *name)
{
	return zone_new(vm_create(tree_new_id(), name, o, slot));
}

#define ZONE_DIR(maker, text)                                                                      \
	{                                                                                          \
		.create = (maker), .made = zone_made, .remove = zone_remove,                       \
		.leaves = zone_leaves, .removed = zone_removed, .kept = zone_kept,                 \
		.rename = entry_rename, .may_rename = zone_may_rename, .help = (text)              \
	}
static const struct dir_row zones_dir = ZONE_DIR(new_zone,
    "mkdir NAME makes a zone, mv renames one, rmdir destroys one with all it owns,\n"
    "both while it does not run. Each has a help of its own.\n"
    "\n"
    "  mkdir web\n"
    "  echo boot > web/ctl      cat web/ctl lists the commands\n"
    "  cat web/exec/help        how to run commands in it\n");
static const struct dir_row vms_dir = ZONE_DIR(new_vm,
    "mkdir NAME makes a virtual machine, mv renames one, rmdir destroys one with all it\n"
    "owns, both while it does not run. Each has a help of its own.\n"
    "\n"
    "  mkdir lin\n"
    "  echo path=/srv/lin.raw > lin/disk0\n"
    "  echo 1G > lin/ram\n"
    "  echo boot > lin/ctl      cat lin/ctl lists the commands\n"
    "  warren console lin       its console, at a terminal\n");

static const struct row rows[] = {
    {2, "help", 0444, 0, "this", .show = help_show},
    {3, "version", 0444, 0, "of warren", .show = show_version},
    {4, "host", 0444, ROW_COUNTER, "what this machine has and can do", .show = show_host},
    {5, "list", 0444, ROW_COUNTER, "a table of all zones and VMs", .show = show_list},
    {6, "ctl", 0600, 0, "commands for all of them; cat ctl lists them", .commands = commands,
	.example = "shutdown-all 30"},
    {7, "event", 0444, 0, "a line for everything that happens to any of them", .begin = event_begin,
	.stream = event_read},
    {8, "error", 0444, 0, "what was wrong with the last refused write", .show_to = error_show},
    {9, "zones", S_IFDIR | 0755, 0, "a directory for each zone: mkdir, rmdir, mv",
	.dir = &zones_dir, .off = offsetof(struct root, zones)},
    {10, "vms", S_IFDIR | 0755, 0, "a directory for each virtual machine: mkdir, rmdir, mv",
	.dir = &vms_dir, .off = offsetof(struct root, vms)},
    {11, "images", S_IFDIR | 0755, 0, "a directory for each image: mkdir, rmdir, mv",
	.dir = &images_dir, .off = offsetof(struct root, images)},
    {12, "zones/help", 0444, 0, "how to make a zone", .show = help_show},
    {13, "vms/help", 0444, 0, "how to make a virtual machine", .show = help_show},
    {14, "images/help", 0444, 0, "how to make an image", .show = help_show},
    {0},
};

/* ---- on disk ---- */

enum { IDS_AHEAD = 64 };

static void save(const struct obj *o, struct buf *b)
{
	(void)o;
	tree_saved_id = tree_next_id + IDS_AHEAD;
	buf_printf(b, "next %" PRIu64 "\n", tree_saved_id);
	order_save(b);
}

static int load(struct obj *o, char *key, char *value)
{
	uint64_t n;
	(void)o;
	if (strcmp(key, "autoboots") == 0)
		return order_load(value);
	if (strcmp(key, "next") != 0)
		return 1;
	if (word_u64(value, "", &n) < 0)
		return -1;
	tree_next_id = n > tree_next_id ? n : tree_next_id;
	return 0;
}

static const struct row *const tables[] = {rows, NULL};
static const struct type type = {
    .name = "root",
    .help = "warren: zones and virtual machines as files.\n"
	    "\n"
	    "  mkdir zones/web                make a zone (vms/web: a virtual machine)\n"
	    "  echo boot > zones/web/ctl      boot it; cat zones/web/ctl lists the commands\n"
	    "  cat zones/web/status           how it is\n"
	    "  echo 50 > zones/web/cpu.cap    half a CPU at most; at once, while it runs\n"
	    "  cat zones/web/log              what its console printed\n"
	    "  cat zones/web/error            what was wrong with the last refused write\n"
	    "  echo halt > zones/web/ctl      stop it\n"
	    "  rmdir zones/web                destroy it and all it owns\n"
	    "\n"
	    "A write has happened when it returns; a refused one changes nothing.\n"
	    "cat zones/help, zones/web/help and so on; warren(7) and warren-guide(7) tell more.\n",
    .tables = tables,
    .save = save,
    .load = load,
    .saved = order_saved,
};

int root_load(int lasting, int fleeting)
{
	tree_init(&root.obj, &type);
	zone_entered = on_enter;
	limits_event = limited_event;
	image_users = users_show;
	return load_all(lasting, fleeting);
}

/* ---- at start ---- */

static void find_one(struct zone *z, void *arg)
{
	(void)arg;
	zone_find(z);
}

static unsigned sweeping;
static void (*swept)(void);

static void orphan_gone(void *arg, const struct helper_reply *reply, int fd)
{
	(void)arg, (void)fd;
	if (reply->err.code != 0)
		log_error("clean up after a dead zone: %s", reply->err.text);
	if (--sweeping == 0)
		swept();
}

/* Groups of zones whose monitors died while there was no daemon. */
static void group_sweep(uint64_t id, void *arg)
{
	struct obj *o = obj_by_id(id);
	(void)arg;
	if (o != NULL && zone_runs(zone_of(o)))
		return;
	struct helper_zone_clean q = {.id = id, .nics = NICS_ALL};
	sweeping++;
	helper_ask(HELPER_ZONE_CLEAN, &q, sizeof(q), NULL, 0, orphan_gone, NULL);
}

void root_find(void (*done)(void))
{
	swept = done;
	root_each(find_one, NULL);
	list_each(o, &root.images.objs, struct obj, sibling)
		sweep_image(image_of(o));
	if (group_face() != NULL)
		group_each(group_sweep, NULL);
	if (sweeping == 0)
		done();
}

static unsigned adopting;
static void (*adopted)(void);

static void one_adopted(void)
{
	if (--adopting == 0)
		adopted();
}

static void adopt_one(struct zone *z, void *arg)
{
	(void)arg;
	adopting += proof_adopt(z, one_adopted);
}

static void claim_one(struct zone *z, void *arg)
{
	struct helper_claim c = {.id = z->l.obj.id, .uids = z->uids};
	if (z->uids.base != 0)
		buf_add(arg, &c, sizeof(c));
}

static void on_claimed(void *arg, const struct helper_reply *reply, int fd)
{
	(void)arg, (void)fd;
	if (reply->err.code != 0)
		log_error("the zones' uids: %s", reply->err.text);
}

void root_claim(void)
{
	struct buf list = {0};
	root_each(claim_one, &list);
	struct helper_uids_claim q = {.count = (uint32_t)(list.len / sizeof(struct helper_claim))};
	cleanup_fd int file = memfd_create("claims", MFD_CLOEXEC);
	if (q.count > 0 && (file < 0 || fd_write_all(file, list.at, list.len) < 0))
		log_error("the zones' uids: %s", strerror(errno));
	else if (q.count > 0)
		helper_ask(HELPER_UIDS_CLAIM, &q, sizeof(q), &file, 1, on_claimed, NULL);
	buf_finish(&list);
}

void root_adopt(void (*done)(void))
{
	adopted = done;
	adopting = 1; /* one for this function itself, so that the count is not 0 before all are
		       * asked */
	root_each(adopt_one, NULL);
	one_adopted();
}

void root_rules_lost(char *name)
{
	root_each(nics_lost, name);
}

void root_finish(void)
{
	order_stop();
	tree_finish();
}
