#!/bin/sh
# CD-ROM drives: where the firmware looks for a system, and what a guest reads.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
echo tcg >"$V/accel"

# A sector that says this on the serial line
sector() { # TEXT
	printf '\061\300\216\330\276\026\174\374\254\204\300\164\006\272\370\003\356\353\365\364\353\375%s\n\000' "----------------I am $1"
}

disk() { # FILE TEXT
	sector "$2" >"$1"
	printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc 2>/dev/null
	truncate -s 1M "$1"
}

# El Torito: a volume descriptor that names the catalog in sector 19, whose entry names sector 20
iso() { # FILE TEXT
	sector "$2" >"$TMP/sector"
	perl -e '
		my ($text, $sector) = @ARGV;
		sub at { my ($n, $bytes) = @_; print $bytes, "\0" x ($n * 2048 - length $bytes) }
		at(16, "a disc of $text\n");
		at(1, "\1CD001\1" . "\0" x 33 . "WARREN" . " " x 26);
		at(1, "\0CD001\1EL TORITO SPECIFICATION" . "\0" x 41 . pack("V", 19));
		at(1, "\377CD001\1");
		at(1, "\1\0\0\0" . "\0" x 24 . "\252\125\125\252" . pack("CCvCCvV", 0x88, 0, 0, 0, 0, 4, 20));
		open my $f, "<:raw", $sector;
		local $/;
		at(1, <$f>);
		at(16, "");
	' "$2" "$TMP/sector" >"$1"
}

# --- the firmware -----------------------------------------------------------------------------

says() { # CONFIG TEXT DESCRIPTION: it boots, and this is said
	put "$V/config" "$1" >/dev/null
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "$3" || diag "$(cat "$V/error")"
	ok "says $2" await 7 "$2"
	exec 7<&-
	put "$V/ctl" halt >/dev/null
}
iso "$TMP/one.iso" one
iso "$TMP/two.iso" two
disk "$TMP/disk" disk
for m in q35 pc; do
	says "machine=$m
cdrom=$TMP/one.iso" 'I am one' "$m boots from cdrom"
	says "machine=$m
cdrom=none
cdrom1=$TMP/two.iso" 'I am two' "and from cdrom1"
done
says "machine=auto
disk0=path=$TMP/disk bus=nvme
cdrom=$TMP/one.iso" 'I am disk' 'a disk comes first'
says 'boot=cdrom disk' 'I am one' 'unless boot says otherwise'
says 'boot=disk' 'I am disk' 'or'
truncate -s 1M "$TMP/empty.iso"
says "boot=cdrom
cdrom=$TMP/empty.iso
cdrom1=none" 'No bootable device' 'it looks nowhere else'
put "$V/cdrom" none >/dev/null
is "$(put "$V/ctl" boot)" EIO 'boot names what is not there'
like "$(cat "$V/error")" 'it has nothing to boot from: set kernel, disk0 or cdrom, or let boot name what it has' 'and error says so'
put "$V/config" "boot=disk cdrom
disk0=none
cdrom=$TMP/none.iso" >/dev/null
is "$(put "$V/ctl" boot)" EIO 'a path that is not there'
like "$(cat "$V/error")" ": boot: cdrom: open $TMP/none.iso" 'is named'

# --- what does not fit ------------------------------------------------------------------------

refused "$V/machine" microvm EINVAL '^machine: a microvm has no CD-ROM drive: give another machine, or none to cdrom and cdrom1 first'
put "$V/config" 'machine=microvm
cdrom=none' >/dev/null
refused "$V/cdrom1" /x EINVAL '^cdrom1: a microvm has no CD-ROM drive: give none, or another machine first'
put "$V/machine" pc >/dev/null
for n in 0 1 2; do put "$V/disk$n" "path=$TMP/d$n size=1M bus=ide" >/dev/null; done
put "$V/cdrom" "$TMP/one.iso" >/dev/null
refused "$V/disk3" 'path=/x bus=ide' EINVAL 'bus=ide has room for 3 disks beside the CD-ROM drives: give bus=virtio or bus=nvme'
refused "$V/cdrom1" /x EINVAL '^cdrom1: disk2: bus=ide has room for 2 disks beside'
is "$(put "$V/ctl" boot)" ok 'a bus that is full' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null
for n in 0 1 2; do put "$V/disk$n" none >/dev/null; done
put "$V/cdrom" none >/dev/null # the cloud kernel has a driver for pc's IDE only

# --- a guest ----------------------------------------------------------------------------------

if why=$(linux_missing); then
	skip "$why" 'a guest that reads them'
	finish
fi
linux_root scsi_common scsi_mod libata ata_piix cdrom sr_mod
linux_initrd <<'INIT'
was=
while :; do
	now=$(for d in /dev/sr0 /dev/sr1; do
		if [ ! -b $d ]; then echo $d is no drive
		elif line=$(head -n 1 $d 2>/dev/null) && [ -n "$line" ]; then echo $d has $line
		else echo $d is empty; fi
	done)
	[ "$now" = "$was" ] || echo "$now"
	was=$now
	[ ! -b /dev/sr0 ] || eject -T /dev/null 2>/dev/null
	sleep 0.2
done
INIT

put "$V/config" "kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check
cdrom=$TMP/one.iso" >/dev/null
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'a guest with a drive' || diag "$(cat "$V/error")"
ok 'reads what is in it' await 7 'sr0 has a disc of one'
is "$(put "$V/cdrom" "$TMP/two.iso")" ok 'another medium' || diag "$(cat "$V/error")"
ok 'is seen' await 7 'sr0 has a disc of two'
is "$(key "$V/status" reboot_needed)" '' 'and nothing waits'
refused "$V/cdrom" "$TMP/nosuch.iso" ENOENT "^cdrom: open $TMP/nosuch.iso as user 0: No such file"
refused "$V/cdrom" "$TMP" EINVAL 'is not a file or block device: give one'
is "$(put "$V/cdrom" none)" ok 'none' || diag "$(cat "$V/error")"
ok 'it is empty' await 7 'sr0 is empty'
qemu=$(pid_of "$V")
is "$(ls -l "/proc/$qemu/fd" | grep -c '\.iso$')" 0 'QEMU has closed all of them'
is "$(put "$V/cdrom" none) $(put "$V/cdrom" "$TMP/one.iso")" 'ok ok' 'twice in a row, and back'
ok 'it is there' await 7 'sr0 has a disc of one'
iso "$TMP/new" three
mv "$TMP/new" "$TMP/one.iso"
is "$(put "$V/cdrom" "$TMP/one.iso")" ok 'the same path, another file'
ok 'is read anew' await 7 'sr0 has a disc of three'
kill -9 "$(daemon_pid)"
is "$(put "$V/cdrom" "$TMP/two.iso")" ok 'by the next daemon, too' || diag "$(cat "$V/error")"
ok 'it is seen' await 7 'sr0 has a disc of two'
exec 7<&-
is "$(ls -l "/proc/$qemu/fd" | grep -c '\(one\|new\).*iso')" 0 'QEMU has only that'
is "$(put "$V/cdrom1" "$TMP/one.iso") $(key "$V/status" reboot_needed)" 'ok cdrom1' 'a drive that was not there at the boot waits'
put "$V/ctl" pause >/dev/null
is "$(put "$V/cdrom" "$TMP/one.iso") $(cat "$V/state")" 'ok paused' 'a guest that stands still gets one, too' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null
finish
