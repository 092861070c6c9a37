/* Devices of the host's that a VM is given (base/hostdevice.h). */
#ifndef WARREN_MOUNT_HELPER_BUILD_VMDEVICE_H
#define WARREN_MOUNT_HELPER_BUILD_VMDEVICE_H

#include "mount-helper/build/boot.h"

/* Open a device of USB, of which QEMU sees nothing else, as its author could. Returns the
 * descriptor. -1: ENOENT it was unplugged; EINVAL a hub; EBUSY the host uses a disk on it */
int vmdevice_usb_open(const struct helper_vm_file *f);

/* Could a VM have this device of PCI? *at: its address and the number of its group. -1: as
 * iommu_group; EBUSY another has the group */
int vmdevice_pci_look(const struct helper_vm_file *f, struct boot_pci *at);

/* Note such a device for QEMU's root. */
int vmdevice_pci_add(struct boot *b, const struct helper_vm_file *f);

/* Make what QEMU opens for those that were noted, owned by the file system's uid of the caller:
 * /dev/vfio, and in place of sysfs /pci/ADDRESS, with the link that tells the group. */
int vmdevice_nodes(const struct boot *b);

#endif
