/* A zone: a container, or the shell around a virtual machine (vm/ adds the guest). */
#ifndef WARREN_ZONE_ZONE_H
#define WARREN_ZONE_ZONE_H

#include "base/ring.h"
#include "images/image.h"
#include "protocol/helper.h"
#include "protocol/import.h"
#include "rctl/limits.h"
#include "protocol/monitor.h"
#include "zone/net/nic.h"
#include "zone/proof.h"

enum zone_state {
	ZONE_CONFIGURED, /* never booted */
	ZONE_BOOTING,
	ZONE_RUNNING,
	ZONE_PAUSED, /* runs, but stands still */
	ZONE_HALTING,
	ZONE_HALTED,
	ZONE_FAILED,
	ZONE_STATES
};

enum zone_event {
	EV_BOOT, /* asked for */
	EV_AUTOBOOT, /* by itself: autoboot, or restart */
	EV_SHUTDOWN,
	EV_HALT,
	EV_REBOOT,
	EV_PAUSE,
	EV_RESUME,
	EV_STARTED, /* process 1 runs */
	EV_PAUSED, /* it stands still */
	EV_RESUMED, /* it goes on */
	EV_NOSTART, /* it could not be started */
	EV_ENDED, /* process 1 has ended */
	EV_REBOOTED, /* process 1 has ended, and wants to boot anew */
	EV_BROKEN, /* the guest can't go on */
	EV_LOST, /* its monitor is gone */
	EV_CLEANED, /* nothing of it is left on the host */
	EV_FOUND, /* a daemon before us left it running */
	ZONE_EVENTS
};

/* What its standing still or going on changes to. */
enum turn { TURN_NONE, TURN_PAUSE, TURN_RESUME };

struct zone;

/* What a zone and a VM do differently. */
struct zone_kind {
	const char *dir; /* "zones", "vms": its place in event lines */
	enum helper_op op;
	/* the command line and environment of process 1 (protocol/orders.h); -1: can't be had */
	int (*orders)(
	    struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc);
	/* the kind's part of the request to the helper; NULL: none */
	int (*request)(struct zone *z, struct helper_vm_start *q);
	void (*status)(struct zone *z, struct buf *b); /* its own lines of status; NULL: none */
	/* the image's name that its settings want, in `name`; false: none. NULL: never one */
	bool (*image)(struct zone *z, char name[NAME_LEN + 1]);
	enum image_type image_type; /* what it can use */
	/* called before a boot; may call zone_prepared() later. NULL: nothing to prepare.
	 * 0 prepared; 1 it will call; -1 refused */
	int (*prepare)(struct zone *z);
};

struct link;
struct command;

struct zone {
	struct limited l; /* first: its object */
	const struct zone_kind *kind;

	/* settings */
	union value image, init, hostname, env, privileges, mounts, devices, autoboot, restart;
	struct proof mounts_proof, devices_proof;
	struct list proofs; /* proof::link: those, and what its kind adds */
	struct helper_uids uids; /* base 0: not given yet */
	uint64_t image_id; /* of the image that it runs on; 0: none */
	struct dir jobs; /* job.c */
	struct dir meta; /* meta.c */
	struct zone_nics nics;

	/* state */
	enum zone_state state;
	pid_t pid; /* process 1 on the host; 0: none */
	int64_t started; /* microseconds since 1970; 0: it does not run */
	char exit[32]; /* as status shows it */
	bool broken; /* it ends because it could not go on */
	bool halt_wanted; /* halt it as soon as it has started */
	bool boot_again; /* boot it as soon as it has halted */
	bool asked; /* it ended because somebody wanted it to */

	/* pause.c's */
	enum turn turn; /* under way */
	struct source *turning; /* owned: the next look at it, or NULL */
	int looks; /* that are left */
	bool held; /* it was told to stand still */
	bool guest_stopped; /* as a VM's monitor said last */

	/* restart.c's */
	bool by_itself; /* this boot is nobody's; where it fails it is tried again */
	bool rebooted; /* it ended to boot anew, and is not up again */
	unsigned restarts; /* since somebody booted it */
	uint64_t pause_usec; /* before the last restart; 0: there was none */
	int64_t restart_at; /* when the pause under way ends, as now_ns() */
	struct source *restarting; /* owned: the pause under way, or NULL */
	bool removing; /* rmdir is under way */
	uint32_t seconds; /* of the shutdown asked for */
	struct err why; /* of a failure under way */
	struct link *link; /* to its monitor; NULL: none */
	int orders; /* for process 1, while its groups are made; -1: none */
	struct ring console; /* the log of this boot; fd -1: none */
	struct {
		bool due; /* what is mounted is to be looked at */
		bool asked; /* the helper does it just now, */
		bool running; /* in a zone that ran */
		bool settling; /* no write waits for it */
		int32_t waits; /* how many wait for the next boot */
	} hostmounts;
	struct {
		int list; /* owned: what the helper is asked for; -1: it is not asked */
		void (*done)(void); /* of proof_adopt */
	} proving;
	bool hostname_due; /* it is to be told its name */
	unsigned forcing; /* force.c: the part under way */
};

extern const struct type zone_type;
extern const struct row zone_common_rows[], zone_own_rows[];
extern const struct command_row zone_commands[];
extern const char *const zone_state_names[ZONE_STATES];

static inline struct zone *zone_of(struct obj *o)
{
	return container_of(o, struct zone, l.obj);
}

static inline bool zone_is_up(
    const struct zone *z) /* its process 1 is there, and stays for all we know */
{
	return z->state == ZONE_RUNNING || z->state == ZONE_PAUSED;
}

static inline bool zone_runs(const struct zone *z) /* or is on its way up or down */
{
	return z->state == ZONE_BOOTING || z->state == ZONE_RUNNING || z->state == ZONE_PAUSED ||
	       z->state == ZONE_HALTING;
}

/* object.c: making, keeping, removing */
extern int zone_logs_dir, zone_monitors_dir;
void zone_setup(struct zone *z, const struct zone_kind *kind, uint64_t id, const char *name,
    struct obj *parent, const struct row *slot, const struct type *type);
struct obj *zone_new(struct zone *z); /* made by mkdir; NULL: refused, and freed */
void zone_made(struct obj *o);
int zone_remove(struct obj *o, struct req *r);
void zone_removed(struct obj *o);
void zone_kept(struct obj *o);
int zone_may_rename(struct obj *o);
struct zone *zone_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot);
void zone_save(const struct obj *o, struct buf *b);
int zone_load(struct obj *o, char *key, char *value);
unsigned zone_state_bit(const struct obj *o); /* type::state */
void zone_changed(struct obj *o, const struct row *r);
void zone_destroy(struct obj *o);

/* state.c: the table. -1: refused in this state */
int zone_event(struct zone *z, enum zone_event ev);
void zone_enter(struct zone *z, enum zone_state s); /* tells all who wait */
void zone_limits_event(struct limited *l, const char *event); /* limits_event */
extern void (*zone_entered)(void); /* called after each change of a state */

/* verbs.c: complete the commands that wait for the state that is reached now */
void verbs_settle(struct zone *z);
/* ROWS COLS, the words of the verb size, as a monitor takes them: rows << 16 | columns. -1:
 * refused */
int verbs_size(const struct command *c, uint32_t *size);

/* restart.c: boot it again, where it rebooted or the file restart wants that, once it has ended
 * after so long a run; */
void restart_after_end(struct zone *z, int64_t ran_usec);
void restart_after_no_start(
    struct zone *z); /* where a boot by itself has failed; z->why tells why */
void restart_cancel(struct zone *z);
void restart_save(const struct zone *z, struct buf *b); /* the end of a line of its settings */
void restart_load(struct zone *z, const char *line);
void restart_find(struct zone *z); /* an earlier daemon meant to */
int64_t restart_in(const struct zone *z); /* seconds; -1: it is not to be booted */

/* pause.c */
int pause_turn(
    struct zone *z, enum turn turn); /* EV_PAUSED or EV_RESUMED comes later; -1: refused */
void pause_done(struct zone *z, enum turn turn); /* it came */
void pause_release(struct zone *z); /* let it go on, if it was told to stand still, to its end */
void pause_forget(struct zone *z); /* it has ended */
void pause_told(
    struct zone *z, bool stopped, bool first); /* by a VM's monitor; for the first time? */
void pause_find(struct zone *z); /* does it stand still since an earlier daemon? */

/* start.c: from settings to process 1, and what is left afterwards */
void zone_start(struct zone *z);
void zone_prepared(struct zone *z); /* kind->prepare is through; an error in z->why refuses */
void zone_clean(struct zone *z);
void zone_find(struct zone *z); /* does it run, left by a daemon before us? */

/* image.c: of a zone or a VM. Does it use this image, or will it at its next boot? */
bool zone_uses(struct zone *z, const struct image *m);
int zone_image_take(struct zone *z); /* at a boot: its id; -1: it is not there any more */
int zone_image_check(struct obj *o, const struct row *r); /* row::check of a zone's image */
bool zone_image_name(struct zone *z, char name[NAME_LEN + 1]); /* zone_kind::image of zones */

/* privileges.c */
extern const struct kind kind_privileges;
uint64_t privileges_mask(const struct zone *z); /* bit N: capability N; PRIVILEGE_ */

/* rows.c: the zone's environment, but for what `over` sets; NULL: process 1's. And is env one? */
void zone_env(const struct zone *z, const char *over, struct buf *env, uint32_t *count);
int env_check(const char *env, unsigned most, const struct row *r);

int rows_help(const struct obj *o, const char *title, struct buf *b); /* every row with its help */

/* console.c */
uint64_t console_begin(struct obj *o);
enum stream console_read(struct obj *o, struct reader *r, struct buf *b, size_t max);
int console_may_write(struct obj *o);
int console_write(struct obj *o, struct req *r, const char *bytes, size_t n);
int show_log(struct obj *o, const struct row *r, struct buf *b);
int console_new_log(struct zone *z); /* the old one becomes the previous boot's */
void console_open_log(struct zone *z);
void console_remove_logs(const struct zone *z);

#endif
