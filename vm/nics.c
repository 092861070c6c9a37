/* NICs as QEMU has them. */
#include <stdio.h>
#include <string.h>

#include "protocol/start.h"
#include "vm/bootorder.h"
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
static const char *rom(const struct vm *vm)
{
	return machine_get(vm->machine.n)->pci && !bootorder_has(vm, BOOT_NET) ? ",romfile=" : "";
}

/* Their taps are descriptors, which the helper made. */
void vm_nics_args(struct args *a, const struct vm *vm, const struct vm_files *files)
{
	(void)files;
	for (int n = 0; n < NICS; n++) {
		const struct helper_nic *nic = &vm->z.nics.now[n];
		const uint8_t *m = nic->mac;
		char mtu[24] = "";
		if (nic->kind == NIC_NONE)
			continue;
		const char *device = os_nic(vm);
		if (nic->mtu != 0 && strncmp(device, "virtio", 6) == 0)
			snprintf(mtu, sizeof(mtu), ",host_mtu=%u", (unsigned)nic->mtu);
		if (nic->kind == NIC_USER)
			user_args(a, n, vm->z.nics.set[n].v.p);
		else
			args_opt(a, "-netdev", "tap,id=nic%d,fd=%d", n, ZONE_FD_NICS + n);
		args_opt(a, "-device", "%s%s,netdev=nic%d,mac=%02x:%02x:%02x:%02x:%02x:%02x%s%s",
		    device, rom(vm), n, m[0], m[1], m[2], m[3], m[4], m[5], mtu,
		    BOOTINDEX(vm, BOOT_NET, (unsigned)n));
	}
}
