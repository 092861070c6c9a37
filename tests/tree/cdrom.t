#!/bin/sh
# CD-ROM drives: where the firmware looks for a system, and what a guest reads.
if [ "$(id -u)" -eq 0 ]; then
	flock "$WARREN_BUILD/kernel.lock" sh "$(dirname "$0")/../kernel.sh" "$WARREN_BUILD/kernel" >/dev/null 2>&1
fi
. "$(dirname "$0")/lib.sh"
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
finish
