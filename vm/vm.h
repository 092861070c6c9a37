/* A virtual machine: a zone whose process 1 is QEMU. */
#ifndef WARREN_VM_VM_H
#define WARREN_VM_VM_H

#include "vm/chord.h"
#include "vm/machine.h"
#include "zone/zone.h"

enum { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum { DISPLAY_NONE, DISPLAY_VNC };

/* tray.c: a CD-ROM drive of a VM that runs. */
struct tray {
	bool drive; /* the machine has it */
	bool anew; /* a path was written that may be another file's now */
	char *has; /* owned: the path of what is in it; NULL: nothing */
};

struct turn;
struct usb;

struct vm {
	struct zone z; /* first: its object */
	union value vcpus, ram, ram_max, cpu, accel, machine, append, display, keyboard, firmware,
	    secureboot, order, tpm, watchdog, os;
	struct authored kernel, initrd, disks[VM_DISKS], cdroms[VM_CDROMS], mounts, devices;
	char *mounts_has[VM_MOUNTS]; /* mounts.c: owned: the line that mount N serves; NULL: none */
	uint64_t mounts_lost; /* mounts.c: bit N: its virtiofsd has ended, since the boot */
	bool tpm_lost; /* tpm.c: its swtpm has ended, since the boot */
	struct uuid generation; /* identity.c */
	int accel_used; /* ACCEL_KVM or ACCEL_TCG, since the boot */
	uint32_t resets; /* guest.c: how often the guest has begun anew by itself, since its boot */
	char agent[32]; /* agent.c: the version of the guest agent that answers; "": none does */
	uint32_t hangs; /* and how often it has stopped feeding its watchdog */
	bool reset_ends; /* its next reset ends QEMU, as settings wait */
	struct list preparing; /* accel.c: waits for the probe */
	struct list answers; /* qmp.c: what QEMU answered, for each open file */
	unsigned nanswers; /* there have been so many */
	struct {
		struct list typing; /* writes that are being typed, one after the other */
		struct chord held; /* the keys that are down; n 0: none */
		bool asked; /* QEMU is, to move keys */
		struct source *pause; /* owned: until the next, or NULL */
	} keys; /* keys.c's */
	struct plugging *plugging; /* vcpus.c: CPUs come or go; NULL: none do */
	uint64_t vcpus_tried; /* so many were asked for since the boot, at the last */
	struct nicplug *nicplug; /* nicplug.c: NICs come or go, or a guest is watched; NULL */
	struct sizing *sizing; /* ramlive.c: its memory is looked at or changes; NULL: not now */
	struct source *sizing_timer; /* owned: until it is looked at, or NULL */
	uint64_t ram_tried; /* as vcpus_tried, in bytes */
	uint64_t ram_has; /* bytes that it was seen with since the boot; 0: it was not looked at */
	uint64_t beside; /* bytes that QEMU needs beside ram, since the boot; 0: not known */
	struct list questions; /* ask.c: what QEMU is asked */
	struct tray trays[VM_CDROMS];
	struct turn *turn; /* tray.c: the change under way, or NULL */
	struct {
		struct dir dir; /* its files */
		bool asked; /* the helper is, for what is on disk, */
		int64_t asked_at; /* since then, as now_ns(), */
		uint32_t asked_for; /* of this enum uefi */
		uint32_t which; /* the files are those of this one, */
		int64_t read; /* and were read then, as now_ns() */
		struct list edits; /* edit.c: changes, the first under way */
	} nvram; /* nvram/ */
	struct usb *usb; /* usb.c's; owned */
	struct {
		struct hotdisks *run; /* disks come or go; NULL: none do */
		unsigned written; /* bit N: diskN was, and that is not in force yet */
		bool waits; /* a change does, for the end of run, to begin anew */
		unsigned asked; /* and QEMU may yet do what it was asked with it */
		unsigned pause; /* seconds to the next look at those */
		struct source *watch; /* owned: waits for it, or NULL */
		bool looked; /* false: an earlier daemon may have left something */
	} hot; /* hotdisk.c's */
	struct {
		struct hotmounts *run; /* mounts come or go; NULL: none do */
		bool written; /* they were, and that is not in force yet */
		bool look; /* an earlier daemon may have left something */
		bool asked; /* the guest may yet let go of one */
		unsigned pause; /* seconds to the next look at that */
		struct source *watch; /* owned: waits for it, or NULL */
	} mounting; /* hotmount.c's */
	int screen; /* screen.c: what QEMU writes pictures to; -1: it has none */
};

struct zone *vm_create(uint64_t id, const char *name, struct obj *parent, const struct row *slot);

extern const struct zone_part accel_part, agent_part, ask_part, model_part, vcpus_part, ram_part,
    display_part, files_part, guest_part, hotdisk_part, hotmount_part, identity_part, keys_part,
    nicplug_part, nvram_part, qmp_part, resize_part, screen_part, tpm_part, tray_part, usb_part,
    vm_mounts_part;

static inline struct vm *vm_of(struct zone *z)
{
	return container_of(z, struct vm, z);
}

#endif
