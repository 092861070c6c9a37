#include "vm/nics.h"

#include <stdio.h>
#include <string.h>

#include "protocol/start.h"
#include "vm/device.h"
#include "vm/hardware.h"
#include "vm/nicforward.h"
#include "vm/os.h"

/* QEMU uses the zone's own network namespace, which pasta serves; so do published ports. */
static void user_args(struct args *a, unsigned n, const struct nic_line *line)
{
	struct buf b = {0};
	buf_printf(&b, "user,id=user%u", n);
	for (int i = 0; line != NULL && i < line->nic.npublished; i++)
		buf_printf(&b, ",hostfwd=" NIC_FORWARD, NIC_FORWARD_OF(line->nic.published, i));
	args_opt(a, "-netdev", "%s", buf_text(&b));
	buf_finish(&b);
}

/* The names of a netdev tell what it is (nicseen.h). */
static json_t *netdev_name(const struct helper_nic *nic, unsigned n)
{
	return json_sprintf("%s%u", nic->kind == NIC_USER ? "user" : "tap", n);
}

json_t *nic_netdev(const struct vm *vm, unsigned n)
{
	const struct helper_nic *nic = &vm->z.nics.now[n];
	const struct nic_line *line = vm->z.nics.set[n].v.p;
	json_t *netdev = json_object();
	json_object_set_new(netdev, "id", netdev_name(nic, n));
	json_object_set_new(netdev, "type", json_string(nic->kind == NIC_USER ? "user" : "tap"));
	if (nic->kind != NIC_USER) {
		json_object_set_new(netdev, "fd", json_sprintf("nic%u", n));
		return netdev;
	}
	json_t *all = json_array();
	for (int i = 0; line != NULL && i < line->nic.npublished; i++)
		json_array_append_new(
		    all, json_pack("{s:o}", "str",
			     json_sprintf(NIC_FORWARD, NIC_FORWARD_OF(line->nic.published, i))));
	json_object_set_new(netdev, "hostfwd", all);
	return netdev;
}

/* A NIC has a boot ROM only for a boot from the network: it is one more file of the host's. */
json_t *nic_device(const struct vm *vm, unsigned n)
{
	const struct helper_nic *nic = &vm->z.nics.now[n];
	const uint8_t *m = nic->mac;
	char name[8];
	snprintf(name, sizeof(name), "nic%u", n);
	json_t *device = device_new(os_nic(vm), name);
	if (machine_get(vm->machine.n)->pci && !bootorder_has(vm, BOOT_NET))
		json_object_set_new(device, "romfile", json_string(""));
	json_object_set_new(device, "netdev", netdev_name(nic, n));
	json_object_set_new(device, "mac",
	    json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]));
	if (nic->mtu != 0 && strncmp(os_nic(vm), "virtio", 6) == 0)
		json_object_set_new(device, "host_mtu", json_integer(nic->mtu));
	device_bootindex(device, vm, BOOT_NET, n);
	device_place(device, vm, PORT_NIC, n);
	return device;
}

/* Their taps are descriptors, which the helper made. */
void vm_nics_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	for (unsigned n = 0; n < NICS; n++) {
		const struct helper_nic *nic = &vm->z.nics.now[n];
		if (nic->kind == NIC_NONE)
			continue;
		if (nic->kind == NIC_USER)
			user_args(a, n, vm->z.nics.set[n].v.p);
		else
			args_opt(a, "-netdev", "tap,id=tap%u,fd=%u", n, ZONE_FD_NICS + n);
		args_device(a, nic_device(vm, n));
	}
}
