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
#include "zone/uuid.h"

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
	EV_FAILED, /* the guest can't go on */
	EV_LOST, /* its monitor is gone */
	EV_CLEANED, /* nothing of it is left on the host */
	EV_FOUND, /* a daemon before us left it running */
	ZONE_EVENTS
};

/* Ways to begin; zone_origin_names has a name for each. */
enum zone_origin { ORIGIN_BOOT, ZONE_ORIGINS };

/* What is wanted when the present transition has ended (state.c). */
enum zone_wish {
	WISH_NONE, /* nothing: the file restart decides after an end, and a failed boot is not
		    * repeated */
	WISH_DOWN, /* it was halted by command, and stays down */
	WISH_AGAIN, /* it was rebooted by command: it boots as soon as it has halted */
	WISH_UP, /* autoboot or restart boots it: a failed boot is repeated */
	WISH_REBOOT, /* the same after a reboot from inside, whatever autoboot and restart say */
	ZONE_WISHES
};

/* What its standing still or going on changes to. */
enum pausing { PAUSING_NONE, PAUSING_PAUSE, PAUSING_RESUME };

/* The file autoboot: off, on, or a place in the order, which is AUTOBOOT_PLACE more. */
enum { AUTOBOOT_OFF, AUTOBOOT_ON, AUTOBOOT_PLACE, AUTOBOOT_PLACES = 1000 };

struct link;
struct pause_face;
struct snapshots;
enum { ZONE_IMAGES = VM_DISKS };

struct zone;
struct zone_part;
struct zone_request;

/* What a zone and a VM do differently. */
struct zone_kind {
	const char *dir; /* "zones", "vms": its place in event lines */
	const struct zone_part *const *parts; /* NULL-ended: what it has besides; NULL: nothing */
	const char *init; /* what sentences call its process 1 */
	uint32_t uids; /* how many it has on the host */
	enum helper_op op; /* by which it is started, */
	size_t request; /* and the bytes of that request */
	bool monitor_starts; /* it runs when its monitor says so, not when process 1 does */
	bool init_limits; /* its process 1 is told its rlimits (protocol/orders.h) */
	bool init_reboots; /* its process 1 can ask the kernel, or its monitor, for a reboot */
	bool exit_is_off; /* process 1 ends with 0 when its guest powers off */
	/* look whether its NICs, which are devices of QEMU's, are as they shall be. NULL: they are
	 * interfaces in it, which nics.c looks after */
	void (*nics_look)(struct zone *z);
	const struct pause_face *pause;
	/* can its guest agent run jobs now? -1: EOPNOTSUPP. NULL: its jobs are processes of its */
	int (*exec_check)(struct zone *z);
	/* called when its monitor reports, before the report counts. NULL: nothing to do */
	void (*told)(struct zone *z, const struct mon_event *e);
	void (*agent_told)(struct zone *z, const struct mon_event *e); /* MON_AGENT; or NULL */
	/* the command line and environment of process 1 (protocol/orders.h); -1: can't be had */
	int (*orders)(
	    struct zone *z, struct buf *argv, uint32_t *argc, struct buf *env, uint32_t *envc);
	/* the name of the image that its settings want for root (0) or disk i; false: none */
	bool (*image)(struct zone *z, unsigned i, char name[NAME_LEN + 1]);
	enum image_type image_type; /* what it can use */
	/* called before a boot; may call zone_prepared() later. NULL: nothing to prepare.
	 * 0 prepared; 1 it will call; -1 refused */
	int (*prepare)(struct zone *z);
};

struct zone {
	struct limited l; /* first: its object */
	const struct zone_kind *kind;

	/* settings */
	union value image, init, hostname, env, privileges, autoboot, restart, rlimits, sysctls;
	struct authored mounts, devices;
	struct helper_uids uids; /* base 0: not given yet */
	uint64_t image_ids[ZONE_IMAGES]; /* of the images that it runs on; 0: none */
	struct dir jobs; /* job.c */
	struct dir meta, metadata; /* meta.c */
	struct dir snapshot_dir; /* snapshot/snapshot.c */
	struct snapshots *snapshots; /* owned: the layers of its files; NULL: a VM has none */
	struct zone_nics nics;
	struct uuid uuid;
	bool uuid_kept; /* it is on disk already */

	/* state */
	enum zone_state state;
	pid_t pid; /* process 1 on the host; 0: none */
	int64_t started; /* microseconds since 1970; 0: it does not run */
	char exit[32]; /* as status shows it */
	int64_t ended; /* microseconds since 1970; 0: it runs, or never did */
	char *reason; /* owned: why it ended, in words; NULL: not known */
	int killed; /* the last signal that ctl was told to send to process 1; 0: none */
	struct list booted; /* pending.c's: settings as they were at the boot */
	bool forced; /* it did not end in time when it was asked to */
	enum zone_origin origin; /* of this run, or of the last */
	enum zone_wish wish;
	bool unkept; /* on disk it may still be to boot: commands wait for the save */
	bool failed; /* it ends because it failed */

	/* pause.c's */
	enum pausing pausing; /* under way */
	struct source *pause_look; /* owned: the next look at it, or NULL */
	int looks; /* that are left */
	bool held; /* it was told to stand still */
	bool guest_stopped; /* as a VM's monitor said last, */
	struct err stopped; /* why it is stopped by itself; code 0: it is not */

	/* restart.c's */
	unsigned restarts; /* since somebody booted it */
	uint64_t pause_usec; /* before the last restart; 0: there was none */
	int64_t restart_at; /* when the pause under way ends, as now_ns() */
	struct source *restarting; /* owned: the pause under way, or NULL */
	char *untold; /* owned; untold.c's, until the daemon has begun */
	bool making; /* mkdir is under way */
	bool removing; /* rmdir is under way */
	uint32_t seconds; /* of the shutdown asked for */
	struct err why; /* of a failure under way */
	struct link *link; /* to its monitor; NULL: none */
	struct zone_request *request; /* owned: of a boot, while its groups are made, or NULL */
	struct ring console; /* the log of this boot; fd -1: none */
	struct {
		bool due; /* the helper has to be asked */
		bool late; /* as soon as it runs */
		bool asked; /* the helper does it just now, */
		bool running; /* in a zone that ran */
		bool settling; /* no write waits for it */
		uint32_t anew; /* HOSTMOUNTS_ANEW: whose sources are to be opened again */
		int32_t waits; /* how many wait for the next boot */
	} hostmounts;
	struct {
		int list; /* owned: what the helper is asked for; -1: it is not asked */
		void (*done)(void); /* of proof_adopt */
	} proving;
	struct rlimiting *rlimiting; /* rlimits.c; owned */
	bool hostname_due; /* it is to be told its name */
	bool sysctls_due, sysctls_late; /* sysctls have to be set; late: no write waits for that */
	char *sysctls_was; /* owned: the list that it runs with; NULL: none */
	bool metadata_told; /* its monitor has the list */
	struct metadata_put *put; /* owned; metadata.c's: of the guest, under way, or NULL */
	unsigned forcing; /* force.c: the number of the part under way */
};

static inline struct zone *zone_of(struct obj *o)
{
	return container_of(o, struct zone, l.obj);
}

static inline bool zone_is_up(
    const struct zone *z) /* it has a process 1 that is not known to end */
{
	return z->state == ZONE_RUNNING || z->state == ZONE_PAUSED;
}

static inline bool zone_runs(const struct zone *z) /* or is on its way up or down */
{
	return z->state == ZONE_BOOTING || z->state == ZONE_RUNNING || z->state == ZONE_PAUSED ||
	       z->state == ZONE_HALTING;
}

#endif
