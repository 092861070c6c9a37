/* Access control lists of what is imported. */
#ifndef WARREN_IMPORT_ACL_H
#define WARREN_IMPORT_ACL_H

#include <stdbool.h>
#include <stddef.h>

struct archive_entry;

/* The kernel's attribute `name` becomes an access control list of e's. false: it is none */
bool acl_take(struct archive_entry *e, const char *name, const void *value, size_t size);

/* -1: one of e's names a user or group who can't be in an image */
int acl_check(struct archive_entry *e);

#endif
