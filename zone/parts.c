#include "zone/parts.h"

#include "base/list.h"

/* proof is first: it needs the writer of a host path to be still in his write. nics stands before
 * link, because the monitor's first answer makes NICs known; parts that need that answer stand
 * after link. rlimits is last: a limit that was lowered in force can't be raised again, so nothing
 * may refuse the change behind it. */
static const struct zone_part *const common[] = {&proof_part, &limited_part, &console_part,
    &nics_part, &link_part, &pause_part, &image_part, &privileges_part, &hostname_part,
    &hostmounts_part, &jobs_part, &meta_part, &metadata_part, &ending_part, &pending_part,
    &restart_part, &sysctls_part, &start_part, &untold_part, &uuid_part, &rlimits_part};

const struct zone_part *part_at(const struct zone *z, unsigned i)
{
	if (i < NELEM(common))
		return common[i];
	return z->kind->parts != NULL ? z->kind->parts[i - NELEM(common)] : NULL;
}

void parts_init(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->init != NULL)
			p->init(z);
}

void parts_save(const struct zone *z, struct buf *b)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->save != NULL)
			p->save(z, b);
}

int parts_load(struct zone *z, const char *key, char *value)
{
	const struct zone_part *p;
	int result;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->load != NULL && (result = p->load(z, key, value)) <= 0)
			return result;
	return 1;
}

void parts_status(struct zone *z, struct buf *b)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->status != NULL)
			p->status(z, b);
}

int parts_fill(struct zone *z, struct zone_request *r)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->fill != NULL && p->fill(z, r) < 0)
			return -1;
	return 0;
}

int parts_begin(struct zone *z, struct zone_request *r)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->begin != NULL && p->begin(z, r) < 0)
			return -1;
	return 0;
}

void parts_entered(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->entered != NULL)
			p->entered(z);
}

void parts_end(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->end != NULL)
			p->end(z);
}

void parts_found(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->found != NULL)
			p->found(z);
}

void parts_removed(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->removed != NULL)
			p->removed(z);
}

void parts_destroy(struct zone *z)
{
	const struct zone_part *p;
	for (unsigned i = 0; (p = part_at(z, i)) != NULL; i++)
		if (p->destroy != NULL)
			p->destroy(z);
}
