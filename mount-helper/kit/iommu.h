/* The group of the host's IOMMU that a PCI device is in (the kernel's driver-api/vfio.rst): devices
 * of one group may reach each other past the IOMMU, so that a guest may have one of them only if
 * the host uses none of them. */
#ifndef WARREN_MOUNT_HELPER_KIT_IOMMU_H
#define WARREN_MOUNT_HELPER_KIT_IOMMU_H

#define IOMMU_PCI "/sys/bus/pci/devices"

/* pci: a directory as IOMMU_PCI; address: as the kernel writes it. *group: its number, when a guest
 * can have the device. -1: ENOENT there is none; EOPNOTSUPP no IOMMU; EINVAL the host uses the
 * group: the sentence names each device of it with its driver */
int iommu_group(const char *pci, const char *address, unsigned *group);

#endif
