/* Access control lists of what is imported. */
#ifndef WARREN_IMPORT_ACL_H
#define WARREN_IMPORT_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_entry;

/* The kernel's attribute `name` becomes an access control list of e's. false: it is none */
bool acl_parse(struct archive_entry *e, const char *name, const void *value, size_t size);

/* The id of a user or group in one of e's who can't be in an image; 0: there is none */
int64_t acl_stranger(struct archive_entry *e);

#endif
