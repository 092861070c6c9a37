#!/bin/sh
# Disks of qcow2 by size=: made where there is none, made larger, never smaller, and headers that lie.
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
command -v qemu-img >/dev/null || skip_all 'no qemu-img to look at disks with'
[ -e "$HELLO" ] || skip_all 'no guest of ours'
setup
V=$VMS/v
mkdir "$V"
put "$V/config" "accel=tcg
kernel=$HELLO
append=echo" >/dev/null
D=$TMP/disk

bytes() { qemu-img info -U --output=json "$1" | sed -n 's/.*"virtual-size": \([0-9]*\).*/\1/p' | tail -n 1; }
sound() { is "$(qemu-img check -U -f qcow2 "$1" 2>&1 | head -n 1)" 'No errors were found on the image.' "$2"; }
boots() { is "$(put "$V/ctl" boot)" ok "$1" || diag "$(cat "$V/error")"; }
halt() { put "$V/ctl" halt >/dev/null; }
no_boot() { # ERE DESCRIPTION
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' "$2"
	like "$(cat "$V/error")" "$1" 'and error says so'
}

# --- made ----------------------------------------------------------------------------------------

is "$(put "$V/config" "disk0=path=$D format=qcow2 size=1G
disk1=path=$D.1 format=qcow2 size=1024T bus=nvme")" ok 'two in one config'
is "$(ls "$D"* 2>/dev/null)" '' 'none is made before the boot'
boots 'they are made at the boot'
is "$(bytes "$D") $(bytes "$D.1")" '1073741824 1125899906842624' 'so large'
is "$(stat -c '%a %u %g' "$D")" '600 0 0' 'with the owner and mode of a raw one'
among 1 "$(du -ck "$D" "$D.1" | tail -n 1 | cut -f 1)" 400 'they take no room'
halt
sound "$D" 'nothing is wrong with it'
sound "$D.1" 'nor with the other'
boots 'once more'
halt
sound "$D" 'it is the same'
put "$V/disk1" none >/dev/null
refused "$V/disk1" "path=$D.1 format=qcow2 size=1000" EINVAL 'a disk of qcow2 has whole sectors of 512 bytes: give size=1024'
mkdir "$TMP/open"
chmod 777 "$TMP/open"
chmod 755 "$TMP"
chown 1234 "$V/disk1"
is "$(AS=1234 put "$V/disk1" "path=$TMP/open/his format=qcow2 size=1M")" ok 'a user names one'
boots 'which root boots'
is "$(stat -c '%a %u' "$TMP/open/his")" '600 1234' 'it is the user'"'"'s'
halt
is "$(AS=1234 put "$V/disk1" "path=$TMP/his format=qcow2 size=1M")" ok 'one where he may not'
no_boot "disk1: make $TMP/his as user 1234: Permission denied" 'is not made'
chown 0 "$V/disk1"
put "$V/disk1" "path=$TMP/no/disk format=qcow2 size=1M" >/dev/null
no_boot "disk1: make $TMP/no/disk as user 0: No such file" 'nor one where no directory is'
put "$V/disk1" "path=$D.new format=qcow2" >/dev/null
no_boot "disk1: open $D.new as user 0: No such file or directory: give one that is there, or size= to make it$" 'nor one without size='
put "$V/disk1" none >/dev/null

# --- made larger ---------------------------------------------------------------------------------

boots 'it runs'
is "$(put "$V/disk0" "path=$D format=qcow2 size=20G") $(bytes "$D") $(key "$V/status" reboot_needed)" 'ok 21474836480 ' 'live, at once' || diag "$(cat "$V/error")"
refused "$V/disk0" "path=$D format=qcow2 size=2G" ERANGE 'disk0: it has 21474836480 bytes, more than size=2147483648, and a disk is never made smaller: give size=21474836480 or more'
is "$(bytes "$D")" 21474836480 'it has not changed'
kill -9 "$(daemon_pid)"
is "$(put "$V/disk0" "path=$D format=qcow2 size=21G") $(bytes "$D")" 'ok 22548578304' 'by the next daemon, too'
halt
sound "$D" 'and whole'
put "$V/disk0" "path=$D format=qcow2 size=3G" >/dev/null
no_boot "disk0: $D has 22548578304 bytes, more than size=3221225472, and a disk is never made smaller: give size=22548578304 or more, or leave size= out" 'smaller: no boot'
is "$(bytes "$D")" 22548578304 'it has not changed'
size=30
for bus in virtio sata ide nvme; do
	put "$V/disk0" "path=$D format=qcow2 size=${size}G bus=$bus" >/dev/null
	boots "bus $bus: larger at the boot"
	is "$(bytes "$D")" $((size << 30)) 'as it was told'
	size=$((size + 1))
	put "$V/disk0" "path=$D format=qcow2 size=${size}G bus=$bus" >/dev/null
	is "$(put "$V/ctl" reboot) $(bytes "$D")" "ok $((size << 30))" 'or at a reboot' || diag "$(cat "$V/error")"
	put "$V/disk0" "path=$D format=qcow2 size=1G bus=$bus" >/dev/null
	[ $bus = virtio ] || is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'a smaller one ends no run' || diag "$(cat "$V/error")"
	halt
	size=$((size + 1))
done
sound "$D" 'it is whole still'
put "$V/disk0" "path=$D format=qcow2 size=1024T bus=virtio" >/dev/null
boots 'as large as can be'
is "$(bytes "$D")" 1125899906842624 'it is'
mkdir "$VMS/w"
put "$VMS/w/config" "accel=tcg
kernel=$HELLO
append=echo
disk0=path=$D format=qcow2 size=1024T" >/dev/null
put "$VMS/w/ctl" boot >/dev/null
until_state "$VMS/w" failed
like "$(cat "$VMS/w/error")" "disk0: .*: another disk of this VM, another VM or a process of the host's has it open" 'another VM has no part in it'
halt
rmdir "$VMS/w"
qemu-img create -q -f qcow2 -o compat=0.10 "$D.old" 1M
put "$V/disk0" "path=$D.old format=qcow2 size=1G" >/dev/null
boots 'one of version 2'
is "$(bytes "$D.old")" 1073741824 'is made larger, too'
halt

# What it holds besides is no hindrance
for how in 'snapshot -c one' 'bitmap --add'; do
	rm -f "$D.old"
	qemu-img create -q -f qcow2 "$D.old" 1M
	case $how in snap*) qemu-img snapshot -c one "$D.old" ;; *) qemu-img bitmap --add "$D.old" b ;; esac
	boots "one with a ${how%% *}"
	is "$(bytes "$D.old")" 1073741824 'is made larger'
	is "$(put "$V/disk0" "path=$D.old format=qcow2 size=2G") $(bytes "$D.old")" 'ok 2147483648' 'live, too' || diag "$(cat "$V/error")"
	halt
	put "$V/disk0" "path=$D.old format=qcow2 size=1G" >/dev/null
done
qemu-img create -q -f qcow2 -o compat=0.10 "$D.old" 1M
qemu-img snapshot -c one "$D.old"
no_boot 'disk0: it is of version 2 of qcow2 and has snapshots: make it one of version 3 with qemu-img amend -o compat=v3, or give size=1048576' 'but for one of version 2 with snapshots'
qemu-img amend -f qcow2 -o compat=v3 "$D.old"
boots 'by that it can be'
halt

# --- no room -------------------------------------------------------------------------------------

mkdir "$TMP/small"
mount -t tmpfs -o size=1M small "$TMP/small"
head -c 1048576 /dev/zero >"$TMP/small/fill" 2>/dev/null
put "$V/disk0" "path=$TMP/small/disk format=qcow2 size=1G" >/dev/null
no_boot "disk0: make $TMP/small/disk: .*No space left" 'no room for a new one'
is "$(ls "$TMP/small")" fill 'nothing of it is left'
rm "$TMP/small/fill"
boots 'with room'
is "$(bytes "$TMP/small/disk")" 1073741824 'it is made'
halt
put "$V/disk0" "path=$TMP/small/disk format=qcow2 size=1024T" >/dev/null
no_boot 'disk0: there is no room to make it larger: make some, or give size=1073741824' 'no room for its tables'
sound "$TMP/small/disk" 'it is as it was'
mount -o remount,size=64M "$TMP/small"
boots 'with room'
is "$(bytes "$TMP/small/disk")" 1125899906842624 'it is larger'
halt
umount "$TMP/small"

# --- headers that lie ----------------------------------------------------------------------------

bad() { # ERE DESCRIPTION PERL: what changes the header of a fresh disk; it fails the boot, and stays as it is
	rm -f "$D.bad"
	qemu-img create -q -f qcow2 "$D.bad" 1M
	perl -e 'open my $f, "+<", $ARGV[0] or die; sub at { my ($at, $bytes) = @_; seek $f, $at, 0; print $f $bytes }'"$3" "$D.bad"
	_sum=$(md5sum <"$D.bad")
	put "$V/disk0" "path=$D.bad format=qcow2 size=1G" >/dev/null
	no_boot "disk0: $1" "$2"
	is "$(md5sum <"$D.bad")" "$_sum" 'and it stays as it is'
}
echo secret >"$TMP/secret"
bad 'a part of it is in another file' 'a backing file' "at(8, pack 'Q>N', 512, length '$TMP/secret'); at(512, '$TMP/secret')"
bad 'a part of it is in another file' 'a data file' "at(72, pack 'Q>', 4)"
bad 'it says that the disk has 1125899906842625 bytes' 'more than 1024T' 'at(24, pack "Q>", (1 << 50) + 1)'
bad 'its tables are larger than QEMU takes' 'counts of more than QEMU takes' 'at(56, pack "N", 1 << 30)'
bad 'it is cut off' 'counts behind its end' 'at(48, pack "Q>", 1 << 40)'
bad 'it has clusters of 2\^40 bytes' 'huge clusters' 'at(20, pack "N", 40)'
rm -f "$D.bad"
qemu-img create -q -f qcow2 "$D.bad" 1M
perl -e 'open my $f, "+<", $ARGV[0] or die; seek $f, 65536, 0; print $f "\xff" x 65536' "$D.bad"
put "$V/disk0" "path=$D.bad format=qcow2 size=1024T" >/dev/null
no_boot "disk0: it has 1048576 bytes and can't be made larger: see what qemu-img check says of it, make it anew with qemu-img convert, or give size=1048576" 'counts that are none'

# --- crashes -------------------------------------------------------------------------------------

for n in 1 2 3 4 5 6; do
	put "$V/disk0" "path=$D.crash.$n format=qcow2 size=${n}G" >/dev/null
	put "$V/ctl" boot >/dev/null &
	_writer=$!
	kill -9 "$(daemon_pid)"
	wait $_writer
	[ ! -e "$D.crash.$n" ] || sound "$D.crash.$n" 'a daemon that is killed leaves none that is half made'
	[ "$(cat "$V/state")" = running ] || boots 'it boots then'
	halt
done
finish
