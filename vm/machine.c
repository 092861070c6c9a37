#include "vm/machine.h"

#include <stddef.h>

const char *const machine_words[] = {"auto", "q35", "pc", "microvm", NULL};

/* q35 has a SATA controller of its own and pc an IDE one, which these disks are on. The numbers of
 * buses and units are those of QEMU's hw/ide/ich.c and hw/ide/piix.c. */
static const struct disk_bus q35_buses[BUSES] = {
    [BUS_VIRTIO] = {.device = "virtio-blk-pci", .waits = true},
    [BUS_SATA] = {.device = "ide-hd", .waits = true, .at = "ide", .buses = 6, .units = 1},
    [BUS_IDE] = {"ide-hd", true, "piix3-ide,id=pata", "pata", 2, 2},
    [BUS_NVME] = {.device = "nvme"},
};

static const struct disk_bus pc_buses[BUSES] = {
    [BUS_VIRTIO] = {.device = "virtio-blk-pci", .waits = true},
    [BUS_SATA] = {"ide-hd", true, "ich9-ahci,id=sata", "sata", 6, 1},
    [BUS_IDE] = {.device = "ide-hd", .waits = true, .at = "ide", .buses = 2, .units = 2},
    [BUS_NVME] = {.device = "nvme"},
};

static const struct disk_bus microvm_buses[BUSES] = {
    [BUS_VIRTIO] = {.device = "virtio-blk-device", .waits = true},
};

/* Off is what a guest does without: an HPET, whose ticks cost 7 to 9 % of a CPU although nobody
 * asks for them (systemd-vmspawn and mkosi leave it out for that), VMware's port and mouse, the
 * eeproms of memory modules. QEMU has no switch for pc's floppy controller and for the PC speaker.
 */
static const struct machine machines[] = {
    [MACHINE_Q35] = {"q35,hpet=off,vmport=off,smbus=off", "virtio-net-pci", true, "pvpanic",
	q35_buses, BUS_SATA, PLACES_PORTS},
    [MACHINE_PC] = {"pc,hpet=off,vmport=off", "virtio-net-pci", true, "pvpanic", pc_buses, BUS_IDE,
	PLACES_SLOTS},
    [MACHINE_MICROVM] = {"microvm", "virtio-net-device", false, NULL, microvm_buses, BUSES,
	PLACES_NONE},
};

const struct machine *machine_get(uint64_t machine)
{
	return &machines[machine == MACHINE_AUTO ? MACHINE_Q35 : machine];
}

const struct disk_bus *machine_bus(uint64_t machine, unsigned bus)
{
	const struct disk_bus *b = &machine_get(machine)->buses[bus];
	return b->device != NULL ? b : NULL;
}

/* Measured with QEMU 7.2 at its start, where it needs most: 50 MiB, half a MiB for each vcpu, and
 * on machines with PCI, whose memory map each vcpu has a view of, 17 to 22 KiB for each pair of
 * vcpus (1233 MiB with 255). UEFI has a flash of 4 MiB, and what is written to it twice. swtpm has
 * 6 MiB. A display is the adapter's 16 MiB, and VNC's two copies of it with what is being sent to a
 * few viewers. The rest is room. */
uint64_t machine_beside(const struct machine_parts *p)
{
	uint64_t mib = 192 + (p->tcg ? TCG_BUFFER_MIB : 0), pairs = (uint64_t)p->vcpus * p->vcpus;
	mib +=
	    p->vcpus + 4 * p->nics + (p->uefi ? 8 : 0) + (p->display ? 96 : 0) + (p->tpm ? 12 : 0);
	return (mib << 20) + (uint64_t)p->disks * MACHINE_BESIDE_DISK +
	       (uint64_t)p->mounts * MACHINE_BESIDE_MOUNT +
	       (p->machine->pci ? pairs * (24 << 10) : 0);
}

/* A page of 4 KiB has 8 bytes in the tables of QEMU's (measured with memory that is shared, which
 * has no huge pages), as many in KVM's with nested paging, and in those of each virtiofsd that has
 * seen it: four times 1/512. */
uint64_t machine_ram(uint64_t ram)
{
	return ram + ram / 128;
}
