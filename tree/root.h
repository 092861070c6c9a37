/* The root of the tree: its rows, the directories of zones and VMs, and loading objects from
 * disk. */
#ifndef WARREN_TREE_ROOT_H
#define WARREN_TREE_ROOT_H

/* Make the tree and fill it from the settings files in two directories (base/writer.h; borrowed). A
 * file that can't be read makes that one object `failed`. -1: a directory can't be read. */
int root_load(int lasting, int fleeting);

struct zone;

/* Every zone, then every VM. */
void root_each(void (*fn)(struct zone *, void *), void *arg);

/* Tell the helper which uids the settings give to zones, before another instance can get them. */
void root_claim(void);

/* Take over what an earlier daemon left running and clean up what is dead, then call done. */
void root_find(void (*done)(void));
/* Have the host paths sealed that a version without seals left (zone/proof.h), then call done. */
void root_adopt(void (*done)(void));
void root_rules_lost(char *name); /* of an interface of the host's; "": of any */
void root_finish(void);

#endif
