#!/bin/sh
# Settings: defaults, what is taken and how it reads back, what is refused and why, messages of
# every size and shape, and that they persist.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a V=$VMS/v
mkdir "$Z" "$ZONES/b" "$V"

values() { for _f; do printf '%s=' "${_f##*/}" && cat "$_f"; done; }
is "$(values "$Z/autoboot" "$Z/cpu.shares" "$Z/cpu.cap" "$Z/cpu.set" "$Z/memory.max" "$Z/pids.max" "$Z/image" "$Z/hostname")" \
	"autoboot=off
cpu.shares=100
cpu.cap=none
cpu.set=none
memory.max=none
pids.max=none
image=host
hostname=a" "a zone's defaults"
is "$(values "$V/autoboot" "$V/vcpus" "$V/ram" "$V/ram.max" "$V/cpu" "$V/accel" "$V/machine" "$V/firmware" "$V/secureboot" "$V/os" "$V/tpm" "$V/watchdog" "$V/kernel" "$V/initrd" "$V/disk0" "$V/disk7" "$V/cdrom" "$V/boot" "$V/display")" \
	"autoboot=off
vcpus=1
ram=268435456
ram.max=none
cpu=auto
accel=auto
machine=auto
firmware=auto
secureboot=off
os=linux
tpm=off
watchdog=none
kernel=none
initrd=none
disk0=none
disk7=none
cdrom=none
boot=disk cdrom
display=none" "a VM's defaults"

# cpu.cap, the example of the interface
for v in 1 50 100 6400 none; do accepted "$Z/cpu.cap" "$v"; done
accepted "$Z/cpu.cap" max none
accepted "$Z/cpu.cap" 20
refused "$Z/cpu.cap" 12x EINVAL '^cpu.cap: "12x" .*: .*1\.\.6400.*none'
for v in x 1.5 '50 60' 0x10 1e2 '50%' ' ' '"' '50
60'; do
	case $v in
	' ') is "$(put "$Z/cpu.cap" "$v" >/dev/null; cat "$Z/cpu.cap")" 20 'a blank changes nothing' ;;
	*) refused "$Z/cpu.cap" "$v" EINVAL ;;
	esac
done
for v in 0 6401 18446744073709551616 99999999999999999999999999; do refused "$Z/cpu.cap" "$v" ERANGE; done
refused "$Z/cpu.cap" -1 'EINVAL ERANGE'

for v in 0 1 65535; do accepted "$Z/cpu.shares" "$v"; done
refused "$Z/cpu.shares" 65536 ERANGE
refused "$Z/cpu.shares" none EINVAL
refused "$Z/cpu.shares" -1 'EINVAL ERANGE'

accepted "$Z/pids.max" 100
refused "$Z/pids.max" many EINVAL
refused "$Z/pids.max" 10K 'EINVAL ERANGE'
accepted "$Z/pids.max" max none

accepted "$Z/memory.max" 67108864
accepted "$Z/memory.max" 64M 67108864
accepted "$Z/memory.max" 65536K 67108864
accepted "$Z/memory.max" 1G 1073741824
accepted "$Z/memory.max" 1T 1099511627776
for v in M 64Q 64MM '64 M' 1.5G -64M; do refused "$Z/memory.max" "$v" 'EINVAL ERANGE'; done
for v in 18446744073709551616 17179869184G 99999999999999999999T; do refused "$Z/memory.max" "$v" ERANGE; done
accepted "$Z/memory.max" none

if [ "$(put "$Z/cpu.set" 0)" = EOPNOTSUPP ]; then
	skip 'no cpuset here' 'cpu.set'
else
	accepted "$Z/cpu.set" 0
	[ "$(key "$MNT/host" cpus)" -lt 2 ] || accepted "$Z/cpu.set" 0-1
	for v in a 1-0 0- 0:1 '0 1'; do refused "$Z/cpu.set" "$v" 'EINVAL ERANGE'; done
	refused "$Z/cpu.set" 99999 'ERANGE EINVAL EOPNOTSUPP'
	accepted "$Z/cpu.set" none
fi

accepted "$Z/autoboot" on
accepted "$Z/autoboot" 999
refused "$Z/autoboot" 1000 ERANGE '"1000" is outside the limits: give on or off, or a number \(0..999\)'
accepted "$Z/autoboot" off
refused "$Z/autoboot" yes EINVAL 'on.*off'
refused "$Z/image" nosuch 'ENOENT EINVAL'
refused "$Z/image" ../../etc 'ENOENT EINVAL'
accepted "$Z/image" host
accepted "$Z/init" '/bin/sleep 100'
refused "$Z/init" "/bin/sh -c 'open" EINVAL
accepted "$Z/hostname" box1.example
refused "$Z/hostname" 'a b' EINVAL
refused "$Z/hostname" "$(printf %065d 0)" 'EINVAL ERANGE'
refused "$Z/hostname" '../x' EINVAL

# A list: the lines of the write are the new list
accepted "$Z/env" 'A=1
B=two words
C='
accepted "$Z/env" '# mine

D=4' D=4
for v in novalue =x 'A=1
oops'; do refused "$Z/env" "$v" EINVAL; done
accepted "$Z/env" '
' D=4
accepted "$Z/env" none ''
accepted "$Z/env" 'A=1
B=two words'

# VMs
accepted "$V/vcpus" 1
refused "$V/vcpus" 0 ERANGE
refused "$V/vcpus" 100000 ERANGE
refused "$V/vcpus" 1.5 EINVAL
accepted "$V/cpu" Nehalem
accepted "$V/cpu" auto
refused "$V/cpu" 'Haswell,+avx' EINVAL
accepted "$V/ram" 512M 536870912
refused "$V/ram" 0 ERANGE
refused "$V/ram" 16777215T ERANGE
refused "$V/ram" lots EINVAL
refused "$V/ram" none EINVAL
accepted "$V/ram.max" 1G 1073741824
refused "$V/ram" 1025M ERANGE 'ram.max of 1073741824 bytes is less than ram'
refused "$V/ram.max" 511M ERANGE 'is less than ram, 536870912 bytes'
refused "$V/config" 'ram=2G
ram.max=1500M' ERANGE 'ram.max of 1572864000 bytes is less than ram'
is "$(put "$V/config" 'ram=2G
ram.max=3G') $(cat "$V/ram" "$V/ram.max" | xargs)" 'ok 2147483648 3221225472' 'both at once, in any order'
is "$(put "$V/config" 'ram.max=512M
ram=512M') $(cat "$V/ram" "$V/ram.max" | xargs)" 'ok 536870912 536870912' 'and back'
accepted "$V/ram.max" none
for v in kvm tcg auto; do accepted "$V/accel" $v; done
refused "$V/accel" xen EINVAL 'auto.*kvm.*tcg'
for v in q35 pc microvm auto; do accepted "$V/machine" $v; done
for v in bios uefi auto; do accepted "$V/firmware" $v; done
for v in on off; do accepted "$V/secureboot" $v && accepted "$V/tpm" $v; done
refused "$V/machine" 'z80' EINVAL
refused "$V/machine" 'pc,accel=kvm' EINVAL
accepted "$V/kernel" /boot/vmlinuz
refused "$V/kernel" relative/path EINVAL
refused "$V/initrd" relative EINVAL
accepted "$V/initrd" /boot/initrd
accepted "$V/append" 'console=ttyS0 quiet'
refused "$V/kernel" none EINVAL '^kernel: initrd is of no use without a kernel: set kernel, or initrd and append to none'
put "$V/initrd" none >/dev/null
refused "$V/kernel" none EINVAL '^kernel: append is of no use without a kernel: set kernel, or append to none'
accepted "$V/ram" 1073741824
refused "$V/memory.max" 512M ERANGE 'memory.max of 536870912 bytes has no room for ram, 1073741824 bytes: give less ram'
accepted "$V/memory.max" 1073741824
refused "$V/ram" 2G ERANGE 'memory.max of 1073741824 bytes has no room for ram, 2147483648 bytes'
is "$(put "$V/config" 'memory.max=64M
ram=64M')" ok 'both at once, in any order'
is "$(put "$V/config" 'ram=256M
memory.max=none')" ok 'and back'
accepted "$V/disk0" 'path=/tmp/x.img format=raw'
accepted "$V/disk7" 'path=/tmp/y.img format=qcow2 bus=nvme readonly=on'
accepted "$V/disk7" none
accepted "$V/cdrom" '/tmp/x y.iso'
accepted "$V/cdrom" none
for v in net 'cdrom disk net' 'disk cdrom'; do accepted "$V/boot" "$v"; done
for v in /tmp/x.img path= 'path=relative' 'path=/x format=vmdk' 'path=/x colour=red' 'format=raw' \
	'path=/x bus=isa' 'path=/x readonly=perhaps' 'path=/x path=/y'; do
	refused "$V/disk0" "$v" EINVAL
done
accepted "$V/disk0" none
accepted "$V/devices" 'usb=046d:c31c
usb=1-2.4
pci=0000:01:00.0'
accepted "$V/devices" none ''
refused "$V/display" sdl EINVAL

# One write is one message, however it is written
for s in '30' '30\n' '\n\n30\n\n' '# a remark\n30\n' '30\n# a remark\n'; do
	put "$Z/cpu.cap" 20 >/dev/null
	# shellcheck disable=SC2059  # s is the format
	got=$(printf "$s" | try write "$Z/cpu.cap")
	is "$got $(cat "$Z/cpu.cap")" 'ok 30' "cpu.cap takes '$s'"
done
echo 41 >"$Z/cpu.cap"
is "$(cat "$Z/cpu.cap")" 41 '> does'
echo 42 >>"$Z/cpu.cap"
is "$(cat "$Z/cpu.cap")" 42 '>> does the same'
: >"$Z/cpu.cap"
is "$(cat "$Z/cpu.cap")" 42 'truncation alone changes nothing'
is "$(try truncate 100 "$Z/cpu.cap") $(cat "$Z/cpu.cap")" 'ok 42' 'nor does a longer file'
put "$Z/cpu.cap" '# only a remark' >/dev/null
is "$(cat "$Z/cpu.cap")" 42 'nor does a remark'
printf 37 | dd of="$Z/cpu.cap" bs=1 2>/dev/null
is "$(cat "$Z/cpu.cap")" 7 'dd bs=1: each byte is a message'
printf 55 | dd of="$Z/cpu.cap" bs=2 seek=1000 conv=notrunc 2>/dev/null
is "$(cat "$Z/cpu.cap")" 55 'the offset does not matter'
got=$(printf '5\0000' | try write "$Z/cpu.cap")
is "$got $(cat "$Z/cpu.cap")" 'EINVAL 55' 'a NUL is refused'
got=$(printf '\000' | try write "$Z/ctl")
is "$got $(cat "$Z/state")" 'EINVAL configured' 'in ctl too'
got=$(printf 'A=1\000B=2\n' | try write "$Z/env")
is "$got" EINVAL 'and in a list'
x5000=$(printf %05000d 0 | tr 0 x)
for f in cpu.cap cpu.shares memory.max pids.max cpu.set autoboot hostname image ctl config; do
	refused "$Z/$f" "$x5000" 'EINVAL ERANGE ENOENT ENAMETOOLONG'
done
like "$(wc -c <"$Z/error")" '^[0-9]{1,3}$' 'the sentence about it stays short'
refused "$V/kernel" "/$x5000" 'EINVAL ENAMETOOLONG ERANGE'
accepted "$Z/env" "$(seq -f 'VARIABLE%.0f=value' 1000 1400)"
is "$(stat -c %s "$Z/env")" $((401 * 19)) 'a list of more than a page is kept whole'
accepted "$Z/env" A=1
remark() { printf '#%0*d\n%s\n' "$1" 0 60; } # a message of $1 + 5 bytes that says 60
got=$(remark 65531 | try write "$Z/cpu.cap")
is "$got $(cat "$Z/cpu.cap")" 'ok 60' 'a message of 64 KiB is taken'
put "$Z/cpu.cap" 20 >/dev/null
got=$(remark 65532 | try write "$Z/cpu.cap")
is "$got $(cat "$Z/cpu.cap")" 'EMSGSIZE 20' 'one more byte is too large'

# Two writers at once: every write is taken and a reader sees the one or the other list, whole
writer() { perl -e 'for (1 .. 150) { open my $f, ">", $ARGV[0] or die; syswrite $f, "A=$ARGV[1]\nB=$ARGV[1]\n" or die "$!" }' "$Z/env" "$1"; }
put "$Z/env" 'A=1
B=1' >/dev/null
writer 1 & w1=$!
writer 2 & w2=$!
perl -e 'for (1 .. 300) { open my $f, "<", $ARGV[0] or die; sysread $f, my $t, 4096; $t =~ /^A=(\d)\nB=\1\n$/ or die "saw $t" }' "$Z/env"
report $? 'a reader sees one moment'
wait $w1 && wait $w2
report $? 'two writers at once'

# config: all or nothing
for f in autoboot cpu.shares cpu.cap cpu.set memory.max pids.max image init hostname; do
	like "$(cat "$Z/config")" "^$f=" "config names $f"
done
accepted "$Z/cpu.cap" 20
is "$(put "$Z/config" 'cpu.cap=25
# a remark

cpu.shares=7')" ok 'config takes several'
is "$(cat "$Z/cpu.cap" "$Z/cpu.shares")" '25
7' 'and they are in force'
refused "$Z/config" 'cpu.cap=30
cpu.shares=70000' ERANGE cpu.shares
refused "$Z/config" 'cpu.cap=30
nosuch=1' EINVAL nosuch
refused "$Z/config" 'cpu.cap=30
state=running' 'EINVAL EPERM EACCES' state
refused "$Z/config" 'cpu.cap' EINVAL
is "$(cat "$Z/cpu.cap")" 25 'nothing of a refused config is in force'
put "$Z/hostname" twin >/dev/null
put "$Z/memory.max" 64M >/dev/null
put "$Z/env" 'A=1
B=two = words' >/dev/null
put "$Z/init" '/bin/sh -c "sleep 100"' >/dev/null
ok "a zone's config copied to another" cp "$Z/config" "$ZONES/b/config"
is "$(cat "$ZONES/b/config")" "$(cat "$Z/config")" 'makes them equal'
is "$(cat "$ZONES/b/env" "$ZONES/b/init" "$ZONES/b/memory.max")" 'A=1
B=two = words
/bin/sh -c "sleep 100"
67108864' 'lists and quotes too'

# All of it persists
put "$V/append" 'a "b" c=d' >/dev/null
chmod 600 "$Z/cpu.cap"
chown 54321:54322 "$Z/ctl" "$Z"
chmod 711 "$Z"
chmod 640 "$MNT/host"
touch -d @1234567 "$Z/cpu.set"
snapshot() { cat "$Z/config" "$V/config" "$ZONES/b/config" && stat -c '%n %a %u %g %Y' "$Z" "$Z/ctl" "$Z/cpu.cap" "$Z/cpu.set" "$Z/env" && stat -c '%n %a %u %g' "$MNT/host"; }
before=$(snapshot)
like "$before" "a/ctl 600 54321 54322 " 'owner and mode take'
like "$before" "a/cpu.set 644 0 0 1234567" 'times take'
ok 'umount and mount' remount
echo "$before" >"$TMP/before"
is "$(snapshot | diff "$TMP/before" -)" '' 'settings, owners, modes and times persist'
is "$(cat "$Z/state" "$V/state")" 'configured
configured' 'and the states'
finish
