/* The files that zones and VMs have in common, and those of zones alone. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/word.h"
#include "fs/error.h"
#include "fs/help.h"
#include "fs/settings.h"
#include "fs/stream.h"
#include "host/event.h"
#include "host/history.h"
#include "zone/force.h"
#include "zone/hostname.h"
#include "zone/exec/job.h"
#include "zone/meta.h"
#include "zone/hostmount/hostmounts.h"
#include "zone/ending.h"
#include "zone/image.h"
#include "zone/console.h"
#include "zone/net/nics.h"
#include "zone/object.h"
#include "zone/parts.h"
#include "zone/pause.h"
#include "zone/pending.h"
#include "zone/privileges.h"
#include "zone/procs.h"
#include "zone/rlimits.h"
#include "zone/rows.h"
#include "zone/snapshot/snapshot.h"
#include "zone/state.h"
#include "zone/sysctls.h"
#include "zone/verbs.h"

/* ---- what is read ---- */

static int show_state(struct obj *o, const struct row *r, struct buf *b)
{
	(void)r;
	buf_printf(b, "%s\n", zone_state_names[zone_of(o)->state]);
	return 0;
}

static int show_status(struct obj *o, const struct row *r, uid_t asker, struct buf *b)
{
	(void)r;
	struct zone *z = zone_of(o);
	int64_t up = z->started != 0 ? now_ns() / 1000000000 - z->started / 1000000 : 0;
	buf_printf(b, "state %s\nid %" PRIu64 "\npid %d\nuptime %" PRId64 "\n",
	    zone_state_names[z->state], o->id, z->pid, up > 0 ? up : 0);
	if (z->started != 0)
		buf_printf(b, "started %" PRId64 "\n", z->started / 1000000);
	else
		buf_str(b, "started -\n");
	buf_printf(b, "exit %s\nreboot_needed", z->exit);
	pending_names(z, b);
	buf_str(b, "\nreason ");
	error_tell(o, ending_reason(z), asker, b);
	buf_str(b, "task -\n");
	parts_status(z, b);
	return 0;
}

enum { EXIT_LINE = sizeof(((struct zone *)0)->exit) + 1 };

static uint64_t wait_size(struct obj *o)
{
	const struct zone *z = zone_of(o);
	return zone_runs(z) ? 0 : strlen(z->exit) + 1;
}

static enum stream wait_read(struct obj *o, struct reader *r, struct buf *b, size_t max)
{
	const struct zone *z = zone_of(o);
	char text[EXIT_LINE];
	if (zone_runs(z) && r->skip == 0)
		return STREAM_WAITS;
	snprintf(text, sizeof(text), "%s\n", z->exit);
	return stream_rest(r, text, b, max);
}

/* ---- what is checked ---- */

enum { ENV_LINES = 900 }; /* with the words of init and our own below ORDERS_STRINGS */

int env_check(const char *env, unsigned most, const struct row *r)
{
	unsigned lines = 0;
	for (const char *line = env; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
		if (++lines > most)
			return err_set(ERANGE, "more than %u lines: %s", most, r->wanted);
		size_t name = strcspn(line, "=\n");
		if (name == 0 || line[name] != '=')
			return err_set(
			    EINVAL, "a line has no KEY= before its value: %s", r->wanted);
	}
	return 0;
}

static int check_env(struct obj *o, const struct row *r)
{
	return env_check(zone_of(o)->env.s, ENV_LINES, r);
}

static int check_init(struct obj *o, const struct row *r)
{
	(void)r;
	const char *s = zone_of(o)->init.s;
	char *words[WORDS_MAX], *copy = xstrdup(s != NULL ? s : "");
	int n = word_split(copy, words, WORDS_MAX);
	free(copy);
	return n < 0 ? -1 : 0;
}

static const char *const restarts[] = {"no", "on-failure", "always", NULL};
static const char *const off_on[] = {"off", "on", NULL};

#define FIELD(field) .off = offsetof(struct zone, field)

const struct row zone_common_rows[] = {
    {1, "help", 0444, 0, "this", .show = help_show},
    {2, "ctl", 0600, ROW_OWNERS, "commands; cat ctl lists them", .commands = zone_commands,
	.example = "boot"},
    {3, "state", 0444, 0, "configured, booting, running, paused, halting, halted or failed",
	.show = show_state},
    {4, "status", 0444, ROW_COUNTER, "state, pid, uptime, how it ended", .show_to = show_status},
    {5, "error", 0444, 0, "what was wrong with the last refused write, or why a boot failed",
	.show_to = error_show},
    {6, "config", 0600, ROW_OWNERS,
	"every setting as file=value; a write sets all it names or none", .show = config_show,
	.store = config_store},
    {7, "event", 0444, 0, "a line for everything that happens to it", .begin = event_begin,
	.stream = event_read},
    {8, "wait", 0444, 0, "its end: then how it ended", .stream = wait_read, .size = wait_size},
    {9, "console", 0600, ROW_OWNERS, "what it prints from now on; what is written is typed",
	.begin = console_begin, .stream = console_read, .bytes = console_write,
	.may_write = console_may_write},
    {10, "log", 0400, ROW_COUNTER | ROW_OWNERS | ROW_GROWS,
	"what the console printed, the boot before too", .show = show_log},
    {11, "procs", 0444, ROW_COUNTER, "its processes: number on the host, number inside, command",
	.show = procs_show},
    {12, "autoboot", 0644, ROW_OWNERS,
	"on: boot when the daemon starts; 0..999: the same, with a place in the order",
	.kind = &kind_choice, FIELD(autoboot), .words = off_on, .max = AUTOBOOT_PLACES - 1,
	.wanted = "give on or off, or a number (0..999), lower ones first"},
    {13, "restart", 0644, ROW_OWNERS,
	"no, on-failure or always: boot it again when it ends by itself", .kind = &kind_choice,
	FIELD(restart), .words = restarts, .wanted = "give no, on-failure or always"},
    {14, "meta", S_IFDIR | 0755, ROW_OWNERS, "files of your own: notes, tags", .dir = &meta_dir,
	FIELD(meta)},
    {15, "history", 0444, ROW_GROWS, "what happened to it, a line each; tail -f follows it",
	.show = history_show},
    {16, "pending", 0444, 0, "settings that wait for the next boot: what is in force, what comes",
	.show_to = pending_show},
    {30, "exec", S_IFDIR | 0700, ROW_OWNERS, "a directory for each command in it: mkdir, rmdir",
	.dir = &jobs_dir, FIELD(jobs)},
    {31, "exec/help", 0444, ROW_OWNERS, "how to run a command in it", .show = help_show},
    {18, "metadata", S_IFDIR | 0700, ROW_OWNERS,
	"files that it may read: user-data and what else it asks for", .dir = &metadata_dir,
	FIELD(metadata)},
    {202, "uuid", 0444, 0, "a number of its own, kept as long as it exists", .show = uuid_show},
    {0},
};

static const struct row zone_own_rows[] = {
    {32, "snapshot", S_IFDIR | 0755, ROW_COUNTER | ROW_OWNERS,
	"a directory for each snapshot of its files: mkdir, rmdir", .dir = &snapshot_dir,
	FIELD(snapshot_dir), .show = snapshots_show},
    {33, "snapshot/help", 0444, ROW_OWNERS, "how to make one and go back to it", .show = help_show},
    {20, "image", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"its root: an image, or host for the host's /usr; shared read-only", .kind = &kind_line,
	FIELD(image), .max = NAME_LEN, .unset = "host",
	.wanted = "give host, or the name of an image", .check = zone_image_check,
	.example = "debian"},
    {21, "init", 0644, ROW_NEXT_BOOT | ROW_OWNERS,
	"command line of its process 1; none: a small built-in one that runs /etc/rc",
	.kind = &kind_line, FIELD(init), .wanted = "give one command line, or none",
	.check = check_init, .example = "/usr/bin/python3 -m http.server"},
    {22, "hostname", 0644, ROW_OWNERS, "its host name; none: the zone's name", .kind = &kind_line,
	FIELD(hostname), .max = 63,
	.wanted = "give 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit, or none",
	.check = hostname_check, .apply = hostname_apply, .show = hostname_show},
    {23, "env", 0644, ROW_NEXT_BOOT | ROW_OWNERS, "its environment, KEY=value a line",
	.kind = &kind_list, FIELD(env), .max = MESSAGE_MAX, .wanted = "give lines of KEY=value",
	.check = check_env, .example = "LANG=C.UTF-8"},
    {24, "privileges", 0644, ROW_NEXT_BOOT,
	"what it may do: capabilities, suid, userns; default: as Docker's containers",
	.kind = &kind_privileges, FIELD(privileges), .unset = "default",
	.wanted = "give names as in capabilities(7), suid or userns, or +NAME -NAME against the "
		  "default, or default, or none",
	.example = "+net_raw -chown"},
    {25, "mounts", 0600, ROW_AUTHOR | ROW_ANEW,
	"what it shows of the host's: SOURCE TARGET ro|rw a line", .kind = &kind_list,
	FIELD(mounts),
	.wanted = "give lines of SOURCE TARGET ro|rw or rw owner=zone, or tmpfs TARGET size=BYTES "
		  "mode=OCTAL, whole paths, a blank in them as \\040, TARGET not in /proc, /sys "
		  "or /dev",
	.check = mounts_check, .apply = hostmounts_apply, .paths = mounts_paths,
	.example = "/srv/web /srv ro"},
    {26, "devices", 0600, ROW_AUTHOR | ROW_ANEW,
	"devices of the host's that it may use: /dev/NAME r|w|rw a line", .kind = &kind_list,
	FIELD(devices), .wanted = "give lines of /dev/NAME r|w|rw", .check = devices_check,
	.apply = hostmounts_apply, .paths = devices_paths, .example = "/dev/kvm rw"},
    {27, "rlimits", 0644, 0, "limits of each of its processes: NAME=SOFT:HARD a line",
	.kind = &kind_list, FIELD(rlimits),
	.wanted = "give lines of NAME=SOFT or NAME=SOFT:HARD with cpu, fsize, data, stack, core, "
		  "rss, nproc, nofile, memlock, as, locks, sigpending, msgqueue, nice, rtprio or "
		  "rttime, and a number or none",
	.check = rlimits_check, .apply = rlimits_apply, .example = "nofile=65536"},
    {28, "sysctls", 0644, 0, "the kernel's settings of its own network and IPC: KEY=value a line",
	.kind = &kind_list, FIELD(sysctls),
	.wanted = "give lines of KEY=value with net.*, fs.mqueue.*, kernel.shm*, kernel.msg* or "
		  "kernel.sem",
	.check = sysctls_check, .apply = sysctls_apply,
	.example = "net.ipv4.ip_unprivileged_port_start=80"},
    {0},
};

/* ---- the zone as a type ---- */

static void add_string(struct buf *b, uint32_t *count, const char *s, size_t n)
{
	buf_add(b, s, n);
	buf_add(b, "", 1);
	(*count)++;
}

/* Does env set what the default KEY=value sets? */
static bool env_has(const char *env, const char *def)
{
	size_t key = strcspn(def, "=") + 1;
	for (const char *line = env; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1)
		if (strncmp(line, def, key) == 0)
			return true;
	return false;
}

/* HOME first: a job's is its user's. */
void zone_env(const struct zone *z, const char *over, struct buf *env, uint32_t *count)
{
	static const char *const defaults[] = {"HOME=/root", "container=warren", "TERM=linux",
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
	for (size_t i = over != NULL ? 1 : 0; i < NELEM(defaults); i++)
		if (!env_has(z->env.s, defaults[i]) && !env_has(over, defaults[i]))
			add_string(env, count, defaults[i], strlen(defaults[i]));
	for (const char *line = z->env.s; line != NULL && *line != '\0';) {
		size_t len = strcspn(line, "\n");
		if (!env_has(over, line))
			add_string(env, count, line, len);
		line += len + (line[len] == '\n' ? 1 : 0);
	}
}

static int zone_orders(
    struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc)
{
	char *words[WORDS_MAX], *copy = xstrdup(z->init.s != NULL ? z->init.s : "");
	int n = word_split(copy, words, WORDS_MAX);
	for (int i = 0; i < n; i++)
		add_string(argv, argc, words[i], strlen(words[i]));
	free(copy);
	zone_env(z, NULL, env, envc);
	return 0;
}

static const struct zone_part *const own_parts[] = {&snapshot_part, NULL};

static const struct zone_kind kind_zone = {
    .dir = "zones",
    .parts = own_parts,
    .init = "process 1",
    .uids = UID_COUNT,
    .op = HELPER_ZONE_START,
    .request = sizeof(struct helper_zone_start),
    .init_limits = true,
    .init_reboots = true,
    .pause = &pause_by_freezer,
    .orders = zone_orders,
    .image = zone_image_name,
    .image_type = IMAGE_ROOT,
    .prepare = snapshot_prepare,
};

static const struct row *const tables[] = {
    zone_common_rows, LIMITS_TABLES, zone_nic_rows, zone_own_rows, NULL};

static const struct type zone_type = {
    .name = "zone",
    .help = "A zone. echo boot > ctl boots it; error says what was wrong.\n",
    .tables = tables,
    .save = zone_save,
    .load = zone_load,
    .state = zone_state_bit,
    .force = zone_force,
    .changed = zone_changed,
    .saved = zone_saved,
    .destroy = zone_destroy,
    .commands = zone_own_commands,
};

struct zone *zone_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot)
{
	struct zone *z = xcalloc(1, sizeof(*z));
	zone_setup(z, &kind_zone, id, name, parent, slot, &zone_type);
	return z;
}
