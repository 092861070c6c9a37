#!/bin/sh
# Eight disks, on every bus: where a guest finds them, what one can boot from, and what does not fit.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel-real linux-image-amd64
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
echo tcg >"$V/accel"

# A disk that says its name when it is booted, and where it is read. The firmware's last words may come
# in between: they meet the dashes
bootable() { # FILE NAME
	printf '\061\300\216\330\276\026\174\374\254\204\300\164\006\272\370\003\356\353\365\364\353\375%s\n\000' "----------------I am $2" >"$1"
	printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc 2>/dev/null
	truncate -s 1M "$1"
}

# --- the firmware -----------------------------------------------------------------------------

boots() { # MACHINE BUS
	put "$V/config" "machine=$1
disk3=path=$TMP/boot bus=$2" >/dev/null
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "$1 with bus=$2" || diag "$(cat "$V/error")"
	ok "boots from it" await 7 'I am bootable'
	exec 7<&-
	put "$V/ctl" halt >/dev/null
}
bootable "$TMP/boot" bootable
for m in q35 pc; do
	for bus in virtio sata ide nvme; do boots $m $bus; done
done
bootable "$TMP/first" first
put "$V/disk2" "path=$TMP/first bus=nvme" >/dev/null
put "$V/disk3" "path=$TMP/boot bus=virtio" >/dev/null
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'of two bootable disks'
ok 'the first is booted, whatever its bus' await 7 'I am first'
exec 7<&-
put "$V/ctl" halt >/dev/null
put "$V/config" "machine=auto
disk2=none
disk3=none" >/dev/null

put "$V/config" "machine=microvm
disk0=path=$TMP/boot" >/dev/null
is "$(put "$V/ctl" boot)" EIO 'a microvm boots no disk'
like "$(cat "$V/error")" 'a microvm boots a kernel only: set kernel, or another machine' 'and error says so'
put "$V/config" "machine=auto
disk0=none" >/dev/null

# --- what does not fit ------------------------------------------------------------------------

room() { # MACHINE BUS N: so many of them, and no more
	put "$V/machine" "$1" >/dev/null
	_n=0
	while [ $_n -lt "$3" ]; do
		put "$V/disk$_n" "path=$TMP/d$_n bus=$2 size=1M" >/dev/null
		_n=$((_n + 1))
	done
	refused "$V/disk$_n" "path=$TMP/d$_n bus=$2 size=1M" EINVAL "bus=$2 has room for $3 disks: give bus=virtio or bus=nvme"
	is "$(put "$V/ctl" boot)" ok "$1 with $3 disks of bus=$2" || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	for _n in 0 1 2 3 4 5 6 7; do put "$V/disk$_n" none >/dev/null; done
}
for m in q35 pc; do
	room $m sata 6
	room $m ide 4
done
for bus in sata ide; do
	refused "$V/disk0" "path=/x bus=$bus readonly=on" EINVAL "bus=$bus has no disks that are readonly: give bus=virtio or bus=nvme"
done
put "$V/disk3" 'path=/x bus=nvme' >/dev/null
refused "$V/machine" microvm EINVAL '^machine: disk3: a microvm has no bus=nvme: give bus=virtio, or another machine'
refused "$V/config" "machine=microvm
disk1=path=/y" EINVAL 'disk3: a microvm has no bus=nvme'
is "$(put "$V/config" "disk3=path=/x
machine=microvm")" ok 'they change together'
refused "$V/disk0" 'path=/x bus=ide' EINVAL '^disk0: a microvm has no bus=ide: give bus=virtio, or another machine'
put "$V/config" "disk3=none
machine=auto" >/dev/null

# --- size= --------------------------------------------------------------------------------------

truncate -s 1M "$TMP/grows"
: >"$TMP/zero"
put "$V/config" "disk0=path=$TMP/grows size=2M bus=nvme
disk1=path=$TMP/zero size=1M" >/dev/null
is "$(put "$V/ctl" boot) $(stat -c %s "$TMP/grows" "$TMP/zero" | tr '\n' ' ')" 'ok 2097152 1048576 ' 'a smaller file is made larger at boot' || diag "$(cat "$V/error")"
put "$V/disk0" "path=$TMP/grows size=1M bus=nvme" >/dev/null
is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'a reboot with less is refused while it runs'
like "$(cat "$V/error")" "disk0: $TMP/grows has 2097152 bytes, more than size=1048576, and a disk is never made smaller: give size=2097152 or more" 'and why'
put "$V/ctl" halt >/dev/null
is "$(put "$V/ctl" boot) $(stat -c %s "$TMP/grows")" 'EIO 2097152' 'a boot, too'
put "$V/config" "disk0=none
disk1=none" >/dev/null

# --- what the host uses -----------------------------------------------------------------------

truncate -s 1M "$TMP/looped"
# the kernel may have no room for a loop device, or this host none for us
if loop=$(losetup -f --show "$TMP/looped" 2>/dev/null); then
	trap 'umount "$TMP/mounted" 2>/dev/null; losetup -d "$loop" 2>/dev/null; cleanup' EXIT
	put "$V/disk0" "path=$TMP/looped" >/dev/null
	is "$(put "$V/ctl" boot)" EIO 'a file below a loop device: no boot'
	like "$(cat "$V/error")" ": disk0: $TMP/looped is in use by the host, as $loop: detach it there \(losetup -d\), or give readonly=on" 'and who has it'
	put "$V/disk0" "path=$TMP/looped readonly=on" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'to read it is no harm' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	put "$V/disk0" "path=$loop" >/dev/null
	bootable "$TMP/looped" looped
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok 'a block device' || diag "$(cat "$V/error")"
	ok 'boots' await 7 'I am looped'
	exec 7<&-
	mkdir "$VMS/w"
	put "$VMS/w/config" "accel=tcg
disk0=path=$loop" >/dev/null
	is "$(put "$VMS/w/ctl" boot)" EIO 'it is for one VM alone'
	like "$(cat "$VMS/w/error")" ": disk0: $loop is in use, by the host .* or by another VM: free it there, or give readonly=on" 'and why'
	rmdir "$VMS/w"
	is "$(put "$V/ctl" "reboot 0")" ok 'which can reboot with it' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	ln -s "$loop" "$TMP/link"
	put "$V/disk0" "path=$TMP/link" >/dev/null
	is "$(put "$V/ctl" boot)" EIO 'by another path'
	like "$(cat "$V/error")" ": disk0: $TMP/link is a block device: give its path below /dev" 'it is refused'
	put "$V/config" "disk0=none
cdrom=$loop" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a block device as a CD-ROM' || diag "$(cat "$V/error")"
	is "$(put "$V/cdrom" "$TMP/looped") $(put "$V/cdrom" "$loop")" 'ok ok' 'changed' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	put "$V/config" "cdrom=none
disk0=path=$loop" >/dev/null
	mkdir "$TMP/mounted"
	if mkfs.ext4 -q "$loop" 2>/dev/null && mount "$loop" "$TMP/mounted" 2>/dev/null; then
		is "$(put "$V/ctl" boot)" EIO 'not while it is mounted'
		like "$(cat "$V/error")" ": disk0: $loop is in use by the host, mounted at $TMP/mounted: unmount it there, or give readonly=on" 'and where'
		umount "$TMP/mounted"
	else
		skip 'no mount of a loop device' 'a device that is mounted'
	fi
	losetup -d "$loop"
	trap cleanup EXIT
	put "$V/disk0" none >/dev/null
else
	skip 'no loop devices' 'disks that the host uses'
fi

# --- what a disk's header says ----------------------------------------------------------------

truncate -s 1M "$TMP/blank"
boots_not() { # LINE ERE DESCRIPTION: disk0 with that line
	put "$V/disk0" "$1" >/dev/null
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' "$3: no boot"
	like "$(cat "$V/error")" ": disk0: $2" 'and why'
}
if command -v qemu-img >/dev/null; then
	img() { qemu-img create -q "$@"; }
	img -f qcow2 "$TMP/q" 1M
	put "$V/disk0" "path=$TMP/q format=qcow2" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a qcow2 disk with format=qcow2' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	boots_not "path=$TMP/q" 'it is a disk of format qcow2, not raw: give format=qcow2' 'without'
	boots_not "path=$TMP/q format=raw" 'it is a disk of format qcow2, not raw: give format=qcow2' 'as raw'
	boots_not "path=$TMP/blank format=qcow2" 'it is no disk of format qcow2' 'a raw one as qcow2'
	for f in vmdk vdi vhdx; do
		img -f $f "$TMP/$f" 1M
		boots_not "path=$TMP/$f" "it is a disk of format $f: make it one of qcow2 with qemu-img convert" "a $f disk"
	done
	img -f qcow2 -b "$TMP/blank" -F raw "$TMP/backed"
	boots_not "path=$TMP/backed format=qcow2" 'a part of it is in another file: make it whole' 'a backing file'
	img -f qcow2 -o "data_file=$TMP/data,data_file_raw=on" "$TMP/split" 1M
	boots_not "path=$TMP/split format=qcow2" 'a part of it is in another file: make it whole' 'a data file'
	cp "$TMP/q" "$TMP/secret"
	printf '\002' | dd of="$TMP/secret" bs=1 seek=35 conv=notrunc 2>/dev/null
	boots_not "path=$TMP/secret format=qcow2" 'it is encrypted: decrypt it' 'an encrypted disk'
	head -c 3000 "$TMP/q" >"$TMP/cut"
	boots_not "path=$TMP/cut format=qcow2" 'it is cut off' 'a disk that is cut off'
	head -c 50 "$TMP/q" >"$TMP/cut"
	boots_not "path=$TMP/cut format=qcow2" 'it is cut off within the header' 'within its header'
	cp "$TMP/q" "$TMP/large"
	printf '\377\377\377\377' | dd of="$TMP/large" bs=1 seek=36 conv=notrunc 2>/dev/null
	boots_not "path=$TMP/large format=qcow2" 'its tables are larger than QEMU takes them' 'a table without end'
	put "$V/disk0" none >/dev/null
else
	skip 'no qemu-img' 'headers of disks'
fi

# --- a guest ----------------------------------------------------------------------------------

if why=$(linux_missing); then
	skip "$why" 'a guest with eight disks'
	finish
fi
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk scsi_common scsi_mod libata libahci ahci ata_piix crct10dif_common crc-t10dif crc64 crc64-rocksoft t10-pi sd_mod nvme-common nvme-core nvme
linux_initrd <<'INIT'
n=0 # disks of a bus come by and by
while [ "$(ls /sys/block | grep -c '^[vsn]')" -lt 8 ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done
for d in /sys/block/[vsn]*; do
	serial=$(cat $d/serial $d/device/serial 2>/dev/null)
	echo "${d##*/} $(cat $d/size) $(dd if=/dev/${d##*/} bs=16 skip=2 count=2 2>/dev/null | tr -cd 'a-zI0-9 ' | sed 's/.*I am //')" $serial
done
echo hello >/dev/vda
for d in vdb sda sdb nvme0n1; do blkdiscard -o 524288 -l 262144 /dev/$d && echo $d is trimmed; done
sync
was=$(cat /sys/block/vda/size)
echo that is all
while :; do
	now=$(cat /sys/block/vda/size)
	[ "$now" = "$was" ] || echo "vda grew to $now"
	was=$now
	sleep 0.1
done
INIT

bootable "$TMP/below" image
mkdir "$MNT/images/i"
is "$(put "$MNT/images/i/ctl" "import $TMP/below")" ok 'an image of a disk' || diag "$(cat "$MNT/images/i/error")"
n=0
{
	printf 'machine=pc\nkernel=%s\ninitrd=%s\nappend=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check\n' "$KERNEL/vmlinuz" "$TMP/initrd"
	for bus in virtio ide nvme virtio sata nvme; do
		bootable "$TMP/disk$n" "disk$n"
		head -c 524288 /dev/urandom | dd of="$TMP/disk$n" bs=64k seek=8 conv=notrunc 2>/dev/null
		echo "disk$n=path=$TMP/disk$n bus=$bus"
		n=$((n + 1))
	done
	echo 'disk6=image=i'
	echo 'disk7=image=i bus=nvme'
} >"$TMP/config"
is "$(put "$V/config" "$(cat "$TMP/config")")" ok 'eight disks on four buses, two of them on one image' || diag "$(cat "$V/error")"
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'a guest with them' || diag "$(cat "$V/error")"
said=$(await 7 'that is all' | tr -d '\r')
exec 7<&-
for d in 'vda 2048 disk0 disk0' 'vdb 2048 disk3 disk3' 'vdc 2048 image disk6' 'sd[ab] 2048 disk1' 'sd[ab] 2048 disk4' \
	'nvme0n1 2048 disk2 disk2' 'nvme1n1 2048 disk5 disk5' 'nvme2n1 2048 image disk7'; do
	like "$said" "$d *\$" "finds $d"
done
for n in 1 2 3 4; do
	is "$(head -c 786432 "$TMP/disk$n" | tail -c 262144 | tr -d '\000' | wc -c) $(($(stat -c %b "$TMP/disk$n") < 1100))" '0 1' "what it trims of disk$n is a hole" || diag "$said"
done
is "$(head -c 5 "$TMP/disk0")" hello 'what it writes is on its disk'

# Larger, while it runs
exec 7<"$V/console"
is "$(put "$V/disk0" "path=$TMP/disk0 bus=virtio size=3M")" ok 'a disk grows' || diag "$(cat "$V/error")"
ok 'and the guest sees it' await 7 'vda grew to 6144'
is "$(stat -c %s "$TMP/disk0") $(key "$V/status" reboot_needed)" '3145728 ' 'its file has, and nothing waits'
refused "$V/disk0" "path=$TMP/disk0 bus=virtio size=2M" ERANGE 'it has 3145728 bytes, more than size=2097152, and a disk is never made smaller: give size=3145728 or more'
is "$(put "$V/disk0" "path=$TMP/disk0 bus=virtio size=3M") $(put "$V/disk0" "path=$TMP/disk0 bus=virtio")" 'ok ok' 'as it is, and without a size'
old=$(daemon_pid)
kill -9 "$old"
is "$(put "$V/disk0" "path=$TMP/disk0 bus=virtio size=4M")" ok 'for the next daemon, too' || diag "$(cat "$V/error")"
ok 'and the guest' await 7 'vda grew to 8192'
is "$(put "$V/config" "disk0=path=$TMP/disk0 bus=virtio size=5M
disk3=path=$TMP/disk3 bus=virtio size=5M")" ok 'two at once'
ok 'they have' await 7 'vda grew to 10240'
is "$(stat -c %s "$TMP/disk0" "$TMP/disk3" | tr '\n' ' ')$(key "$V/status" reboot_needed)" '5242880 5242880 ' 'both'
truncate -s 7M "$TMP/disk0"
refused "$V/disk0" "path=$TMP/disk0 bus=virtio size=6M" ERANGE 'it has 7340032 bytes, more than size=6291456, and a disk is never made smaller: give size=7340032 or more'
is "$(stat -c %s "$TMP/disk0") $(put "$V/disk0" "path=$TMP/disk0 bus=virtio size=7M")" '7340032 ok' 'also one that grew by other means'
ok 'which the guest then sees' await 7 'vda grew to 14336'
refused "$V/config" "disk0=path=$TMP/disk0 bus=virtio size=8M
disk3=path=$TMP/disk3 bus=virtio size=4M" ERANGE '^config: disk3: it has 5242880 bytes, more than size=4194304, and a disk is never made smaller: give size=5242880'
refused "$V/config" "disk0=path=$TMP/disk0 bus=virtio size=8M
cpu=Nonesuch" 'EINVAL EOPNOTSUPP' '^config: cpu: '
is "$(stat -c %s "$TMP/disk0" "$TMP/disk3" | tr '\n' ' ')$(key "$V/status" reboot_needed)" '7340032 5242880 ' 'where a line of config is refused no disk grows'
exec 7<&-
is "$(put "$V/disk2" "path=$TMP/disk2 bus=nvme size=3M") $(key "$V/status" reboot_needed)" 'ok disk2' 'one on nvme waits for the next boot'
put "$V/disk2" "path=$TMP/disk2 bus=nvme" >/dev/null

is "$(cat "$MNT/images/i/users")" vms/v 'the image tells who uses it'
is "$(try rmdir "$MNT/images/i")" ENOTEMPTY 'and stays'
ok 'umount and mount' remount
is "$(cat "$V/state") $(cat "$MNT/images/i/users")" 'running vms/v' 'all is known again'
put "$V/disk7" none >/dev/null
put "$V/disk6" none >/dev/null
is "$(key "$V/status" reboot_needed) $(try rmdir "$MNT/images/i")" ' ok' 'until the VM has none of it'
put "$V/ctl" halt >/dev/null
put "$V/disk5" "path=$TMP/none bus=nvme" >/dev/null
is "$(put "$V/ctl" boot)" EIO 'a disk that is not there'
like "$(cat "$V/error")" ": boot: disk5: open $TMP/none" 'is named'
finish
