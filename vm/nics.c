/* NICs as QEMU has them. */
#include <stdio.h>
#include <string.h>

#include "protocol/start.h"
#include "vm/device.h"
#include "vm/hardware.h"
#include "vm/os.h"

/* QEMU uses the zone's own network namespace, which pasta serves; so do published ports. */
static void user_args(struct args *a, int n, const struct nic_line *line)
{
	struct buf b = {0};
	buf_printf(&b, "user,id=nic%d", n);
	for (int i = 0; line != NULL && i < line->nic.npublished; i++) {
		const struct helper_publish *p = &line->nic.published[i];
		buf_printf(
		    &b, ",hostfwd=%s::%d-:%u", p->udp ? "udp" : "tcp", NIC_FORWARDED + i, p->port);
	}
	args_opt(a, "-netdev", "%s", buf_text(&b));
	buf_finish(&b);
}

/* A NIC has a boot ROM only for a boot from the network: it is one more file of the host's. */
static json_t *nic_device(const struct vm *vm, int n)
{
	const struct helper_nic *nic = &vm->z.nics.now[n];
	const uint8_t *m = nic->mac;
	char name[8];
	snprintf(name, sizeof(name), "nic%d", n);
	json_t *device = device_new(os_nic(vm), name);
	if (machine_get(vm->machine.n)->pci && !bootorder_has(vm, BOOT_NET))
		json_object_set_new(device, "romfile", json_string(""));
	json_object_set_new(device, "netdev", json_string(name));
	json_object_set_new(device, "mac",
	    json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]));
	if (nic->mtu != 0 && strncmp(os_nic(vm), "virtio", 6) == 0)
		json_object_set_new(device, "host_mtu", json_integer(nic->mtu));
	device_bootindex(device, vm, BOOT_NET, (unsigned)n);
	device_place(device, vm, PORT_NIC, (unsigned)n);
	return device;
}

/* Their taps are descriptors, which the helper made. */
void vm_nics_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	for (int n = 0; n < NICS; n++) {
		const struct helper_nic *nic = &vm->z.nics.now[n];
		if (nic->kind == NIC_NONE)
			continue;
		if (nic->kind == NIC_USER)
			user_args(a, n, vm->z.nics.set[n].v.p);
		else
			args_opt(a, "-netdev", "tap,id=nic%d,fd=%d", n, ZONE_FD_NICS + n);
		args_device(a, nic_device(vm, n));
	}
}
