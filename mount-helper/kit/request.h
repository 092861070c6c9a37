/* A request of the daemon's, and whether it has the form of one: each check looks at one kind of
 * it, for the table in ops.c. No check gives a reason: a request of no form ends the connection. */
#ifndef WARREN_MOUNT_HELPER_KIT_REQUEST_H
#define WARREN_MOUNT_HELPER_KIT_REQUEST_H

#include <stdbool.h>

#include "protocol/helper.h"
#include "protocol/vm.h"

union request {
	struct helper_head head;
	struct helper_ready ready;
	struct helper_group_make group;
	struct helper_zone_start zone;
	struct helper_vm_start vm;
	struct helper_zone_clean clean;
	struct helper_root_remove remove;
	struct helper_image_import import;
	struct helper_image_remove image_remove;
	struct helper_kvm_open kvm;
	struct helper_host_probe probe;
	struct helper_uids_claim claim;
	struct helper_hostmounts_set hostmounts;
	struct helper_nics_set nics;
	struct helper_sysctls_set sysctls;
	struct helper_paths_prove prove;
	struct helper_preflight preflight;
	struct helper_vm_give give;
	struct helper_nvram nvram;
	struct helper_layers layers;
};

/* Nothing but a head. */
bool request_empty(const union request *r);

/* Nothing but an id, which stands at the same place in all of these. */
bool request_id(const union request *r);

bool request_claim(const union request *r);
bool request_claimed(const struct helper_claim *c); /* one of its list */
bool request_zone(const union request *r);
bool request_vm(const union request *r);
bool request_vm_file(const struct helper_vm_file *f); /* one of its list */
bool request_clean(const union request *r);
bool request_import(const union request *r);
bool request_hostmounts(const union request *r);
bool nic_fits(const struct helper_nic *nic);
bool request_nics(const union request *r);
bool request_sysctls(const union request *r);
bool request_prove(const union request *r);
bool request_preflight(const union request *r);
bool request_give(const union request *r);
bool request_nvram(const union request *r);
bool request_layers(const union request *r);

/* A host path of any use. */
bool request_file(const struct helper_file *f);

#endif
