#!/bin/sh
# Devices of the host's in a VM: what is taken, and those of USB live. A host without USB, as most VMs are,
# sees the first half alone.
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip_all 'the machines are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v W=$VMS/w
mkdir "$V" "$W"
U=60001
as_put() { printf %s "$3" | AS=$1 try write "$2"; }

# --- lines ------------------------------------------------------------------------------------

is "$(stat -c '%a %U' "$V/devices") $(cat "$V/devices")" '600 root ' 'devices is for root alone, and empty'
accepted "$V/devices" 'usb=046d:c31c
usb=1-2.4
pci=0000:01:00.0'
accepted "$V/devices" none ''
refused "$V/devices" 'usb=046d' EINVAL 'as lsusb has them, nor with a bus and ports, as in 1-2.4: give lines of'
refused "$V/devices" '046d:c31c' EINVAL '"046d:c31c" is neither usb= nor pci='
refused "$V/devices" '/dev/sdb rw' EINVAL 'is neither usb= nor pci='
refused "$V/devices" 'pci=1:0.0' EINVAL 'is no address of PCI, which is as 01:00.0'
refused "$V/devices" 'usb=046d:c31c
usb=046D:C31C' EINVAL 'is there twice: give a second one of its kind by its bus and port'
refused "$V/devices" "$(seq -f 'usb=1-%.0f' 1 17)" ERANGE 'more than 16 lines'
put "$V/machine" microvm >/dev/null
refused "$V/devices" 'usb=046d:c31c' EINVAL 'a microvm has neither USB nor PCI: set devices to none, or machine to q35 or pc'
put "$V/machine" q35 >/dev/null
put "$V/devices" usb=046d:c31c >/dev/null
refused "$V/machine" microvm EINVAL 'a microvm has neither USB nor PCI'
like "$(as_put $U "$V/devices" usb=046d:c31c)" EACCES 'nobody else writes it'

# --- PCI --------------------------------------------------------------------------------------

truncate -s 1M "$TMP/disk"
for vm in "$V" "$W"; do
	is "$(put "$vm/config" "disk0=path=$TMP/disk readonly=on
accel=tcg")" ok 'a VM with firmware and an empty disk'
done
put "$V/devices" pci=ffff:ff:1f.7 >/dev/null
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'a device of PCI that is not there: no boot'
like "$(cat "$V/error")" 'boot: devices: pci=ffff:ff:1f.7: there is no such PCI device: give an address that lspci' 'and error says so'
pci=
for d in /sys/bus/pci/devices/*; do
	[ ! -e "$d" ] || [ -e "$d/iommu_group" ] || pci=${d##*/}
done
if [ -n "$pci" ]; then
	put "$V/devices" "pci=$pci" >/dev/null
	put "$V/ctl" boot >/dev/null
	like "$(cat "$V/error")" "boot: devices: pci=$pci: it is behind no IOMMU: switch on VT-d or AMD-Vi" 'one behind no IOMMU: error says what helps'
else
	skip 'each PCI device here is behind an IOMMU, or there is none' 'no IOMMU'
fi


# One of QEMU's, which no driver of the host's has
for d in /sys/bus/pci/devices/*; do
	case $(cat "$d/vendor" "$d/class") in *0x06*) continue ;; 0x1b36*) [ -e "$d/driver" ] || pci=${d##*/} ;; esac
done
if [ -e "/sys/bus/pci/devices/$pci/iommu_group" ] && [ -d /sys/bus/pci/drivers/vfio-pci ]; then
	group=$(basename "$(readlink "/sys/bus/pci/devices/$pci/iommu_group")")
	put "$V/devices" "pci=$pci" >/dev/null
	put "$V/ctl" boot >/dev/null
	like "$(cat "$V/error")" "devices: pci=$pci: the host uses it, or another device of its IOMMU group $group: $pci .no driver.: bind" 'one that is not bound: its group is named'
	echo vfio-pci >"/sys/bus/pci/devices/$pci/driver_override"
	echo "$pci" >/sys/bus/pci/drivers_probe
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'ok running' 'one that is bound: a guest has it' || diag "$(cat "$V/error")"
	put "$W/devices" "pci=$pci" >/dev/null
	is "$(put "$W/ctl" boot)" EIO 'and no other'
	like "$(cat "$W/error")" "devices: pci=$pci: its IOMMU group $group is in use by another VM: halt that first" 'which is told so'
	is "$(put "$V/ctl" 'reboot 0') $(cat "$V/state")" 'ok running' 'a reboot has it again'
	try chown $U "$W/devices" >/dev/null
	as_put $U "$W/devices" "pci=$pci" >/dev/null
	put "$V/ctl" halt >/dev/null
	put "$W/ctl" boot >/dev/null
	like "$(cat "$W/error")" "devices: pci=$pci: open /dev/vfio/$group as user $U: Permission denied" 'nor does a user who may not open the group'
	put "$W/devices" none >/dev/null
	echo >"/sys/bus/pci/devices/$pci/driver_override"
	echo "$pci" >/sys/bus/pci/drivers/vfio-pci/unbind
else
	skip 'no PCI device of QEMU here for vfio-pci' 'a device of PCI'
fi

# --- USB that is not there ----------------------------------------------------------------------

put "$V/devices" 'usb=9-9.9' >/dev/null
is "$(put "$V/ctl" boot)" ok 'a VM boots without what is to be plugged in at a port'
refused "$V/devices" 'usb=9-9' ENOENT 'usb=9-9: it is not plugged in'
put "$V/ctl" halt >/dev/null
put "$V/devices" usb=dead:beef >/dev/null
is "$(put "$V/ctl" boot)" ok 'a VM boots without a USB device that is not plugged in' || diag "$(cat "$V/error")"
is "$(key "$V/status" devices_missing)" usb=dead:beef 'and status names it'
refused "$V/devices" 'usb=dead:beef
usb=dead:0001' ENOENT 'usb=dead:0001: it is not plugged in: see lsusb'
is "$(put "$V/devices" none) $(key "$V/status" devices_missing) $(key "$V/status" reboot_needed)" 'ok - ' 'the line goes'
refused "$V/config" 'autoboot=on
devices=usb=9-9.9' ENOENT '^config: devices: usb=9-9.9: it is not plugged in'
refused "$V/devices" 'usb=9-9.9' ENOENT 'usb=9-9.9: it is not plugged in: see lsusb, or lsusb -t'
is "$(put "$V/devices" pci=ffff:ff:1f.7) $(key "$V/status" reboot_needed)" 'ok devices' 'one of PCI waits for a boot'
is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'which is refused before anything ends'
put "$V/devices" none >/dev/null
daemon=$(daemon_pid)
kill -9 "$daemon" && gone "$daemon"
is "$(cat "$V/state") $(key "$V/status" reboot_needed)" 'running ' 'the next daemon knows that nothing waits'

# --- USB that is there: QEMU's own, as nobody misses those --------------------------------------

find_usb() { # PRODUCT: its port
	for _d in /sys/bus/usb/devices/*-*; do
		[ ! -e "$_d/idVendor" ] || [ "$(cat "$_d/idVendor"):$(cat "$_d/idProduct")" != "$1" ] || echo "${_d##*/}"
	done
}
usb_in() { # VM: how many its QEMU says are plugged in there
	perl -e 'use Fcntl; sysopen my $f, "$ARGV[0]/qmp", O_RDWR or die $!;
		syswrite $f, q({"execute":"x-query-usb"});
		my $all = ""; while (sysread $f, my $part, 65536) { $all .= $part }
		print scalar(() = $all =~ /Product/g)' "$1"
}
product=0627:0001 # its tablet
port=$(find_usb $product | head -n 1)
if [ -z "$port" ]; then
	skip 'no USB device of QEMU here' 'USB live'
	put "$V/ctl" halt >/dev/null
	finish
fi
sys=/sys/bus/usb/devices/$port
node=/dev/bus/usb/$(printf %03d/%03d "$(cat "$sys/busnum")" "$(cat "$sys/devnum")")
hub=$(cat /sys/bus/usb/devices/usb1/idVendor):$(cat /sys/bus/usb/devices/usb1/idProduct)
refused "$V/devices" "usb=$hub" EINVAL "devices: usb=$hub: it is a hub: give what is plugged into it"
exec 8<"$V/event"
is "$(put "$V/devices" "usb=$product") $(key "$V/status" devices_missing)" 'ok -' "root gives $product, live" || diag "$(cat "$V/error")"
is "$(usb_in "$V")" 1 'the guest has it'
is "$(put "$V/devices" "usb=$product") $(usb_in "$V")" 'ok 1' 'once more is no second one'
is "$(put "$V/devices" "usb=$port") $(usb_in "$V")" 'ok 1' 'the same by its port'
daemon=$(daemon_pid)
kill -9 "$daemon" && gone "$daemon"
is "$(key "$V/status" devices_missing) $(usb_in "$V")" '- 1' 'the next daemon leaves it where it is'
put "$W/devices" "usb=$product" >/dev/null
is "$(put "$W/ctl" boot) $(key "$W/status" devices_missing)" "ok usb=$product" 'another VM that wants it, too, boots without'
put "$W/devices" none >/dev/null
refused "$W/devices" "usb=$product" EEXIST "usb=$product: vms/v has it: take it away there first"
is "$(put "$V/devices" none) $(usb_in "$V")" 'ok 0' 'it goes'
is "$(put "$W/devices" "usb=$product") $(usb_in "$W")" 'ok 1' 'and is free for the other at once'
put "$W/devices" none >/dev/null
for vm in "$V" "$W"; do
	{ put "$vm/devices" "usb=$product" && echo; } >"$TMP/${vm##*/}" &
	both="${both-} $!"
done
# shellcheck disable=SC2086  # two pids
wait $both
is "$(cat "$TMP/v" "$TMP/w" | sort | tr '\n' ' ')$(($(usb_in "$V") + $(usb_in "$W")))" 'EEXIST ok 1' 'of two who give it at once one does'
put "$V/devices" none >/dev/null
put "$W/devices" none >/dev/null
try chown $U "$V/devices" >/dev/null
is "$(as_put $U "$V/devices" "usb=$product") $(usb_in "$V")" 'EACCES 0' 'a user who may not open it gives none'
like "$(cat "$V/error")" "devices: usb=$product: open $node as user $U: Permission denied" 'and is told so'
chown $U "$node"
is "$(as_put $U "$V/devices" "usb=$product") $(usb_in "$V")" 'ok 1' 'one who may does'
chown 0 "$node"
is "$(put "$V/ctl" pause) $(put "$V/devices" none) $(usb_in "$V") $(put "$V/devices" "usb=$product") $(usb_in "$V") $(put "$V/ctl" resume)" \
	'ok ok 0 ok 1 ok' 'it goes and comes while the guest stands still'

# --- unplugged ----------------------------------------------------------------------------------

switch=/sys/bus/usb/devices/${port%-*}-0:1.0/usb${port%-*}-port${port#*-}/disable
if [ -w "$switch" ]; then
	echo 1 >"$switch"
	ok 'unplugged: an event' await 8 " device_gone device=usb=$product"
	is "$(usb_in "$V") $(key "$V/status" devices_missing) $(cat "$V/state")" "0 usb=$product running" 'QEMU has it no more, and status says so'
	echo 0 >"$switch"
	ok 'plugged in again: it comes by itself' await 8 " device_given device=usb=$product"
	is "$(usb_in "$V") $(key "$V/status" devices_missing)" '1 -' 'and the guest has it'
	# Who gave it may open the new node a little later, as udev comes a little later
	try chown $U "$V/devices" >/dev/null
	chown $U "/dev/bus/usb/$(printf %03d/%03d "$(cat "$sys/busnum")" "$(cat "$sys/devnum")")"
	as_put $U "$V/devices" "usb=$product" >/dev/null
	for late in 1 ''; do
		echo 1 >"$switch"
		ok 'unplugged again' await 8 " device_gone device=usb=$product"
		echo 0 >"$switch"
		for _ in $(seq 100); do [ -e "$sys/bDeviceClass" ] && break; sleep 0.1; done
		if [ -n "$late" ]; then
			chown $U "/dev/bus/usb/$(printf %03d/%03d "$(cat "$sys/busnum")" "$(cat "$sys/devnum")")"
			ok 'and in again, with rights that come later' await 8 " device_given device=usb=$product"
		else
			ok 'and in again, with rights that never come: an event' await 8 " device_refused device=usb=$product"
			like "$(cat "$V/error")" "devices: usb=$product: open /dev/bus/usb/.* as user $U: Permission denied" 'and error says why'
		fi
	done
	put "$V/devices" none >/dev/null
	is "$(put "$V/devices" "usb=$product") $(usb_in "$V")" 'ok 1' "root's again"
	helper_stopped=$(daemon_pid)
	kill -STOP "$helper_stopped"
	echo 1 >"$switch"
	for _ in $(seq 100); do [ ! -e "$sys" ] && break; sleep 0.1; done
	echo 0 >"$switch"
	for _ in $(seq 100); do [ -e "$sys/bDeviceClass" ] && break; sleep 0.1; done
	kill -9 "$helper_stopped" && gone "$helper_stopped"
	ok 'another one in its place while there was no daemon: the old one goes' await 8 " device_gone device=usb=$product"
	ok 'and the new one comes' await 8 " device_given device=usb=$product"
	is "$(usb_in "$V")" 1 'which is one'
else
	skip 'this kernel switches no port off' 'unplugged'
fi

# --- a disk -------------------------------------------------------------------------------------

stick=46f4:0001
disk=
for d in /sys/block/sd*; do
	case $(readlink "$d") in */"$(find_usb $stick | head -n 1)"/*) disk=${d##*/} ;; esac
done
if [ -n "$disk" ] && mkdir "$TMP/stick" && mount "/dev/$disk" "$TMP/stick"; then
	refused "$V/devices" "usb=$product
usb=$stick" 'EIO EBUSY' "devices: usb=$stick: the host uses its disk /dev/$disk .a mount, swap, RAID, LVM., or another VM does: free it"
	is "$(usb_in "$V")" 1 'and the other is where it was'
	umount "$TMP/stick"
	is "$(put "$V/devices" "usb=$product
usb=$stick") $(usb_in "$V")" 'ok 2' 'unmounted, the guest has it'
	ok 'and the host its disk no more' [ ! -e "/sys/block/$disk" ]
else
	skip 'no disk of QEMU on USB here' 'a disk that is mounted'
fi

# --- ends ---------------------------------------------------------------------------------------

put "$V/devices" none >/dev/null
is "$(put "$V/ctl" 'reboot 0') $(put "$V/devices" "usb=$product") $(usb_in "$V")" 'ok ok 1' 'its first device, with a controller'
had=$(usb_in "$V")
qemu=$(pid_of "$V")
exec 8<"$V/event"
put "$V/restart" always >/dev/null
kill -9 "$qemu"
ok 'QEMU is killed, and boots again' await 8 ' running'
for _ in $(seq 100); do [ "$(key "$V/status" devices_missing)" = - ] && break; sleep 0.1; done
is "$(usb_in "$V")" "$had" 'with all of them'
put "$V/restart" no >/dev/null
put "$V/ctl" halt >/dev/null
put "$W/ctl" halt >/dev/null
is "$(try rmdir "$V")" ok 'the VM goes'
finish
