/* What a virtual machine is made of. Each piece of hardware is a file of its own: its rows
 * (vm.c lists them), its arguments of QEMU's (qemu.c lists them), and where it has a life of its
 * own a part (zone/parts.h). */
#ifndef WARREN_VM_HARDWARE_H
#define WARREN_VM_HARDWARE_H

#include "vm/args.h"
#include "vm/files.h"

/* Add the arguments for what this VM has of it. files: what the helper opens for this boot. */
typedef void hardware_args(struct args *a, const struct vm *vm, const struct vm_files *files);

extern const struct row direct_rows[], disk_rows[], display_rows[], firmware_rows[], os_rows[],
    tpm_rows[], nvram_rows[], watchdog_rows[], cdrom_rows[], boot_rows[], vm_mount_rows[],
    device_rows[], agent_rows[];
extern const struct row model_rows[], vcpus_rows[];
hardware_args ram_args, vcpus_args, balloon_args, model_args, direct_args, disks_args, display_args,
    firmware_args, identity_args, os_args, tpm_args, watchdog_args, vm_mounts_args, vm_nics_args,
    cdrom_args, boot_args, ports_args, devices_args, usb_args, agent_args;

/* row::check: has the machine a place for it? -1: EINVAL */
int tpm_check(struct obj *o, const struct row *r);
/* The monitor's word (mon_event::unserved): an event, if it was not told yet. False: it was, or the
 * TPM is served. */
bool tpm_told(struct vm *vm, uint64_t unserved);
int watchdog_check(struct obj *o, const struct row *r);

extern const struct command_row vm_commands[]; /* of a VM's ctl, besides those of all zones */
int balloon_command(struct obj *o, struct command *c); /* command_row::run */

unsigned vcpus_places(const struct vm *vm); /* how many it can get while it runs */

#endif
