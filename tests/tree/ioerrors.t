#!/bin/sh
# A disk of the host's that breaks under a guest, on each bus: it stands still, and goes on once that is mended.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel-real linux-image-amd64
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
[ -c /dev/fuse ] || skip_all 'no /dev/fuse for a disk that breaks'
setup
if why=$(linux_missing); then
	skip "$why" 'a guest with a disk that breaks'
	finish
fi
V=$VMS/v
mkdir "$V" "$TMP/at"
head -c 8388608 /dev/zero | perl "$HERE/fs.pl" "$TMP/at" 0 break &
server=$!
timeout 30 sh -c "until [ -e '$TMP/at.up' ]; do sleep 0.1; done"
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk scsi_common scsi_mod libata libahci ahci ata_piix crct10dif_common crc-t10dif crc64 crc64-rocksoft t10-pi sd_mod nvme-common nvme-core nvme
linux_initrd <<'INIT'
for d in vda sda nvme0n1; do [ ! -b /dev/$d ] || disk=/dev/$d; done
n=0 # disks come by and by
while [ -z "$disk" ] && [ $n -lt 100 ]; do
	sleep 0.1
	n=$((n + 1))
	for d in vda sda nvme0n1; do [ ! -b /dev/$d ] || disk=/dev/$d; done
done
echo "ready with $disk"
write() { yes "$1" | dd of=$disk bs=64k count=16 iflag=fullblock oflag=direct 2>/dev/null && echo "is written" || echo "was refused"; }
read_all() { dd if=$disk bs=64k count=16 iflag=direct 2>/dev/null | md5sum; }
while read -r line; do eval "$line"; echo "it is done"; done
INIT
put "$V/config" "accel=tcg
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check" >/dev/null
type() { put "$V/console" "$1
" >/dev/null; }
reason() { key "$V/status" reason; }
sum() { yes "$1" | head -c 1048576 | md5sum | cut -d ' ' -f 1; }

begins() { # BUS
	rm -f "$TMP/at.reads" "$TMP/at.writes"
	put "$V/disk0" "path=$TMP/at/file bus=$1" >/dev/null
	exec 8<"$V/event"
	is "$(put "$V/ctl" boot)" ok "a guest with a disk on bus $1" || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	ok 'finds it' await 7 'ready with /dev'
}
broken='disk0: it can.t be read or written \(.*\): mend that, then resume'

stands_still() { # BUS
	begins "$1"
	: >"$TMP/at.writes"
	type "write $1"
	ok 'a write that fails: it stands still' await 8 ' paused reason=disk0:io-error'
	like "$(cat "$V/state") $(reason)" "^paused $broken" 'status tells why'
	put "$V/ctl" resume >/dev/null
	until_state "$V" paused
	like "$(cat "$V/state") $(reason)" "^paused $broken" 'again, as it is not mended'
	rm "$TMP/at.writes"
	is "$(put "$V/ctl" resume)" ok 'mended'
	ok 'it goes on' await 7 'is written' 'it is done'
	is "$(head -c 1048576 "$TMP/at/file" | md5sum | cut -d ' ' -f 1)" "$(sum "$1")" 'nothing was lost'
	exec 8<"$V/event"
	: >"$TMP/at.reads"
	type read_all
	ok 'a read that fails: it stands still' await 8 ' paused reason=disk0:io-error'
	rm "$TMP/at.reads"
	is "$(put "$V/ctl" resume)" ok 'mended'
	ok 'it goes on, and reads what is there' await 7 "$(sum "$1")" 'it is done'
	is "$(cat "$V/state") $(reason) $(cat "$V/error")" 'running - ' 'as if nothing had been'
	put "$V/ctl" halt >/dev/null
	exec 7<&- 8<&-
}
for bus in virtio sata ide; do stands_still $bus; done

# QEMU has no such way for nvme: the guest is told
begins nvme
: >"$TMP/at.writes"
type 'write nvme'
ok 'nvme: the guest is told' await 7 'was refused' 'it is done'
is "$(cat "$V/state")" running 'and runs on'
put "$V/ctl" halt >/dev/null
exec 7<&- 8<&-
umount "$TMP/at"
wait $server
finish
