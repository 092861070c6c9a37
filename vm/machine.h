/* The machines that a guest can have, and what QEMU calls their parts: one table. */
#ifndef WARREN_VM_MACHINE_H
#define WARREN_VM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum { MACHINE_AUTO, MACHINE_Q35, MACHINE_PC, MACHINE_MICROVM };

/* How disks are connected, in the order of the words of bus=. */
enum { BUS_VIRTIO, BUS_SATA, BUS_IDE, BUS_NVME, BUSES };

struct disk_bus {
	const char *device; /* QEMU's device for a disk on it; NULL: the machine has no such bus */
	bool waits; /* after an error of the host's the guest is stopped; else it gets the error, as
		     * QEMU has no other way for that device */
	const char *controller; /* QEMU's device that is added for these disks; NULL: none */
	const char *at; /* the controller's buses are AT.0, AT.1 and so on; NULL: it has none */
	unsigned buses, units; /* of the controller: so many, with so many disks each */
};

/* Where PCI devices come and go (ports.h): not at all; in a slot of the bus, by ACPI; or behind a
 * root port. */
enum machine_places { PLACES_NONE, PLACES_SLOTS, PLACES_PORTS };

struct machine {
	const char *qemu; /* the value of -machine */
	const char *nic; /* QEMU's device for a network interface */
	bool pci;
	const char
	    *panic; /* QEMU's device by which a guest's kernel tells of its panic; NULL: none */
	const struct disk_bus *buses; /* BUSES of them */
	unsigned cdroms; /* the bus that CD-ROM drives are on, at its end; BUSES: none */
	enum machine_places places;
};

/* The words of the file machine, in the order of the enum, NULL behind them. */
extern const char *const machine_words[];

const struct machine *machine_get(uint64_t machine); /* an enum MACHINE_ */

/* NULL: the machine has no such bus. */
const struct disk_bus *machine_bus(uint64_t machine, unsigned bus);

/* ---- QEMU's own memory ---- */

/* TCG keeps its translations in a buffer of this many MiB. QEMU's own default is 1 GiB, which is
 * more than most guests' memory. */
enum { TCG_BUFFER_MIB = 256 };

/* And so much for a disk: one of qcow2 keeps up to 32 MiB of its tables (QEMU's
 * docs/qcow2-cache.txt). */
enum { MACHINE_BESIDE_DISK = 40 << 20, MACHINE_BESIDE_MOUNT = 16 << 20 };

/* What a guest is made of, as far as QEMU's own memory depends on it. */
struct machine_parts {
	const struct machine *machine;
	bool tcg, uefi, tpm;
	unsigned vcpus, nics, disks, mounts;
	bool display;
};

/* How many bytes QEMU may need besides the guest's RAM. */
uint64_t machine_beside(const struct machine_parts *p);

/* How many bytes so much RAM takes of the host, with the tables of its pages. */
uint64_t machine_ram(uint64_t ram);

#endif
