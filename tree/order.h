/* Booting and shutting down all zones and VMs, in the order that their files autoboot give. */
#ifndef WARREN_TREE_ORDER_H
#define WARREN_TREE_ORDER_H

#include "fs/ctl.h"

/* The verbs boot-all, halt-all and shutdown-all (command_row::run). */
int order_boot_all(struct obj *o, struct command *c);
int order_halt_all(struct obj *o, struct command *c);
int order_shutdown_all(struct obj *o, struct command *c);

/* A daemon starts: boot those with autoboot; again (another daemon served this mount before): the
 * rest of them. */
void order_autoboot(bool again);
void order_stop(void); /* the daemon ends */

/* How far autoboot is: a line of the root's settings, "autoboots PLACE". -1: it is bad */
void order_save(struct buf *b);
int order_load(const char *value);

/* A zone or VM has changed its state: go on with the order, and complete the commands of the root
 * that wait. */
void order_entered(struct obj *root);

/* type::saved of the root. */
void order_saved(struct obj *root);

#endif
