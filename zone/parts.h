/* The parts of a zone. Each is a file of its own, or a room, and a row in parts.c; a kind of zone
 * adds its own (zone_kind::parts). A part has a function for each moment of a zone's life at which
 * it does something; NULL: nothing. At each moment the functions of all parts are called in the
 * order of the rows. */
#ifndef WARREN_ZONE_PARTS_H
#define WARREN_ZONE_PARTS_H

#include "zone/zone.h"

/* The request to the helper for a boot. */
struct zone_request {
	struct helper_vm_start q; /* a zone sends its member `zone` alone */
	int log; /* borrowed from the console; -1: not made yet */
	int orders; /* owned: for process 1; -1: not made yet */
	int metadata; /* owned: of a zone, its list (base/metalist.h); -1: none */
	int list; /* owned: of its host mounts, or of a VM's files; -1: none */
	uint64_t images[ZONE_IMAGES]; /* ids of the images that it will run on; 0: none */
};

struct zone_part {
	void (*init)(struct zone *z); /* the zone is being made; all fields are zero */

	/* Its lines of the settings file. load: 1 the key is not its; -1 the line is bad */
	void (*save)(const struct zone *z, struct buf *b);
	int (*load)(struct zone *z, const char *key, char *value);

	void (*status)(struct zone *z, struct buf *b); /* its lines of status */

	/* Fill the request for a boot from the settings, and change nothing else. -1: refused */
	int (*fill)(struct zone *z, struct zone_request *r);
	/* The zone boots with this request. -1: it can't */
	int (*begin)(struct zone *z, struct zone_request *r);

	/* The zone's state has changed, or the pid of its process 1 is known. */
	void (*entered)(struct zone *z);

	/* Put a change in force. 0: it is; 1: zone_forced() is called later; -1: refused */
	int (*force)(struct zone *z);

	void (*end)(struct zone *z); /* process 1 has ended, and its monitor goes next */

	/* A new daemon starts. The zone runs since an earlier one, or does not (zone_runs). */
	void (*found)(struct zone *z);

	void (*removed)(struct zone *z); /* by rmdir, for good */
	void (*destroy)(struct zone *z); /* free what it has; the zone itself may run on */
};

extern const struct zone_part console_part, ending_part, hostmounts_part, hostname_part, image_part,
    jobs_part, limited_part, link_part, meta_part, metadata_part, nics_part, pause_part,
    pending_part, privileges_part, proof_part, restart_part, rlimits_part, start_part, sysctls_part,
    untold_part, uuid_part;

const struct zone_part *part_at(const struct zone *z, unsigned i); /* NULL: there are no more */

void parts_init(struct zone *z);
void parts_save(const struct zone *z, struct buf *b);
int parts_load(struct zone *z, const char *key, char *value);
void parts_status(struct zone *z, struct buf *b);
int parts_fill(struct zone *z, struct zone_request *r);
int parts_begin(struct zone *z, struct zone_request *r);
void parts_entered(struct zone *z);
void parts_end(struct zone *z);
void parts_found(struct zone *z);
void parts_removed(struct zone *z);
void parts_destroy(struct zone *z);

#endif
