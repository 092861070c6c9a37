#!/bin/sh
# Disks given to a VM that runs and taken from it, seen by Debian's kernel in it.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel # by the network, which is not there inside
[ -n "${WARREN_NET-}" ] || [ "$(id -u)" -ne 0 ] || exec env WARREN_NET=1 unshare -n sh "$0" "$@"
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
! why=$(linux_missing) || skip_all "$why"
setup
V=$VMS/v W=$VMS/w
mkdir "$V" "$W"
put "$W/accel" tcg >/dev/null

# Its guest says which disks it has, whenever that changes. It writes to those that are blank, and lets go
# by itself of what says so
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
linux_initrd <<'INIT'
was=?
while :; do
	now=$(for d in /sys/block/vd* /sys/block/nvme*; do
		[ -e $d ] || continue
		[ "$(head -n 1 /dev/${d##*/})" != blank ] || echo mine >/dev/${d##*/}
		if [ "$(head -n 1 /dev/${d##*/})" = leave ]; then
			at=$(readlink -f $d/device/.. | sed 's,.*/,,; s/\..*//')
			slot=$(grep -lx "$at" /sys/bus/pci/slots/*/address)
			echo 0 >${slot%address}power && echo it let go
			continue
		fi
		echo "$(cat $d/serial $d/device/serial 2>/dev/null | tr -d ' \n')=$(head -n 1 /dev/${d##*/})=$(cat $d/size)"
	done | sort | tr '\n' ' ')
	[ "$now" = "$was" ] || echo "has ${now}and no more"
	was=$now
	sleep 0.1
done
INIT
disk() { # FILE TEXT: 1 MiB
	echo "$2" >"$1"
	printf '\125\252' | dd of="$1" bs=1 seek=510 2>/dev/null # an image has a partition table
	truncate -s 1M "$1"
}
for n in 0 1 2 3 4 5 6 7; do disk "$TMP/d$n" "n$n"; done
boots() { # CONFIG: VM v, whose console is on 7
	exec 7<"$V/console"
	is "$(put "$V/config" "$1")$(put "$V/ctl" boot)" okok "boots with $(echo "$1" | head -n 1)" || diag "$(cat "$V/error")" "$1"
}
sees() { ok "the guest has $1" await 7 "has ${1}and no more"; } # DISKS: `disk1=n1=2048 ` of each
waiting() { key "$V/status" reboot_needed; }
takes() { # FILE LINE DESCRIPTION: in force at once
	is "$(put "$V/$1" "$2") $(waiting)" 'ok ' "$3" || diag "$(cat "$V/error" "$V/pending")"
}
held() { find "/proc/$(pid_of "$V")/fd" -lname "*/$1"; } # NAME: as what QEMU has this file
no_longer() { timeout 60 sh -c "until [ -z \"\$(cat '$1')\" ]; do sleep 0.1; done"; } # FILE: is empty in the end
free() { # FILE: VM w boots with it, as nobody has it open
	is "$(put "$W/disk0" "path=$1")$(put "$W/ctl" boot)" okok 'its file can be given to another VM' || diag "$(cat "$W/error")"
	put "$W/ctl" halt >/dev/null
}
linux="kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check"

# --- they come and go -------------------------------------------------------------------------

for machine in q35 pc; do
	disk "$TMP/d3" blank
	boots "machine=$machine
accel=tcg
disk0=path=$TMP/d0
$linux"
	sees 'disk0=n0=2048 '
	takes disk3 "path=$TMP/d3" 'a disk comes'
	sees 'disk0=n0=2048 disk3=mine=2048 '
	takes disk3 "path=$TMP/d3 size=2M" 'it grows'
	sees 'disk0=n0=2048 disk3=mine=4096 '
	takes disk5 "path=$TMP/d5 bus=nvme" 'one of nvme comes'
	sees 'disk0=n0=2048 disk3=mine=4096 disk5=n5=2048 '
	takes disk3 none 'one goes'
	sees 'disk0=n0=2048 disk5=n5=2048 '
	is "$(head -n 1 "$TMP/d3" | tr -d '\000')" mine 'what the guest wrote is in its file'
	free "$TMP/d3"
	takes disk5 none 'that of nvme, too'
	sees 'disk0=n0=2048 '
	takes disk3 "path=$TMP/d3" 'the first comes again'
	sees 'disk0=n0=2048 disk3=mine=4096 '
	disk "$TMP/d2" leave
	takes disk2 "path=$TMP/d2" 'one comes of which the guest lets go by itself'
	ok 'and it has' await 7 'it let go'
	takes disk2 none 'that is taken from it'
	is "$(held d2)" '' 'QEMU has it no longer'
	disk "$TMP/d2" n2
	takes disk0 none 'one of the boot goes'
	free "$TMP/d0"
	takes disk3 none 'and the last'
	put "$V/ctl" halt >/dev/null
done

# --- all of them ------------------------------------------------------------------------------

mkdir "$MNT/images/i"
put "$MNT/images/i/ctl" "import $TMP/d6" >/dev/null
nics=8
{ [ -e /dev/net/tun ] && ip link add probe type veth peer name probe1 2>/dev/null && ip link del probe; } || nics=0
boots "machine=q35
$(n=0; while [ $n -lt $nics ]; do echo "nic$n=bridge=br0"; n=$((n + 1)); done)"
sees ''
disk "$TMP/d3" n3
for n in 0 1 2 3 4 5; do takes "disk$n" "path=$TMP/d$n" "disk$n comes beside $nics NICs"; done
takes disk6 image=i 'and one on an image'
is "$(cat "$MNT/images/i/users")" vms/v 'which tells who uses it'
if command -v qemu-img >/dev/null; then
	qemu-img convert -O qcow2 "$TMP/d7" "$TMP/q7"
	takes disk7 "path=$TMP/q7 format=qcow2 readonly=on" 'one of qcow2 for reading'
else
	takes disk7 "path=$TMP/d7 readonly=on" 'one for reading'
fi
all='disk0=n0=2048 disk1=n1=2048 disk2=n2=2048 disk3=n3=2048 disk4=n4=2048 disk5=n5=2048 disk6=n6=2048 disk7=n7=2048 '
sees "$all"
put "$V/qmp" '{"execute":"system_reset"}' >/dev/null
sees "$all"
is "$(put "$V/config" "disk6=none
disk7=none
disk1=none") $(waiting)" 'ok ' 'three go at once' || diag "$(cat "$V/error")"
sees 'disk0=n0=2048 disk2=n2=2048 disk3=n3=2048 disk4=n4=2048 disk5=n5=2048 '
is "$(try rmdir "$MNT/images/i")" ok 'the image can go while the VM runs'

# --- what is refused, or waits ----------------------------------------------------------------

refused "$V/disk1" "path=$TMP/d0" EIO 'd0: another disk of this VM, another VM or a process of the host.s has it open: halt that'
refused "$V/disk1" "path=$TMP/nosuch" ENOENT "open $TMP/nosuch as user 0"
refused "$V/disk1" "path=$TMP/q7" EINVAL 'it is a disk of format qcow2, not raw: give format=qcow2'
refused "$V/disk1" image=nosuch ENOENT 'there is no image "nosuch"'
put "$V/qmp" '{"execute":"device_add","arguments":{"driver":"virtio-rng-pci","bus":"port-disk7","id":"mine"}}' >/dev/null
refused "$V/disk7" "path=$TMP/d7" EIO 'd7: a device that qmp was given is in its place: halt the VM first'
free "$TMP/d7"
head -c 3000 "$TMP/q7" >"$TMP/cut"
refused "$V/disk1" "path=$TMP/cut format=qcow2" EINVAL 'it is cut off'
is "$(put "$V/config" "disk1=path=$TMP/d1
disk6=path=$TMP/nosuch")" ENOENT 'one of two that come' || diag "$(cat "$V/error")"
is "$(cat "$V/disk1") $(waiting)" 'none ' 'leaves neither' || diag "$(cat "$V/error")"
free "$TMP/d1"
is "$(put "$V/disk1" "path=$TMP/d1 bus=sata") $(waiting)" 'ok disk1' 'one of sata waits for the next boot'
is "$(put "$V/disk1" none) $(waiting)" 'ok ' 'or for none'
is "$(put "$V/disk0" "path=$TMP/d1") $(waiting)" 'ok disk0' 'another file instead of one that is used waits'
put "$V/disk0" "path=$TMP/d0" >/dev/null
put "$V/ctl" pause >/dev/null
is "$(put "$V/disk1" "path=$TMP/d1")$(put "$V/disk0" none) $(waiting)" 'okok disk0 disk1' 'what is written while it is paused waits'
put "$V/ctl" resume >/dev/null
ok 'until it goes on' no_longer "$V/pending"

# What comes as the VM goes on meets what is written then. Whoever is first, QEMU has what the line says, or it waits
daemon=$(daemon_pid) wrong=
as_told() { # LINE
	has=$(readlink "/proc/$(pid_of "$V")/fd/"* | sed -n 's,.*/d\([67]\)$,path='"$TMP"'/d\1,p' | sort -u)
	[ "${has:-none}" = "$1" ] || [ "$(cat "$V/pending")" = "disk6 ${has:-none} $1" ]
}
for line in none "path=$TMP/d7" none "path=$TMP/d7" none "path=$TMP/d7" none "path=$TMP/d7" none "path=$TMP/d7"; do
	put "$V/ctl" pause >/dev/null
	put "$V/disk6" "path=$TMP/d6" >/dev/null
	put "$V/ctl" resume >/dev/null & resumes=$!
	perl -e 'select undef, undef, undef, rand 0.01'
	put "$V/disk6" "$line" >/dev/null
	wait "$resumes"
	i=0
	until as_told "$line" || [ $i -eq 20 ]; do sleep 0.1 && i=$((i + 1)); done
	[ $i -lt 20 ] || wrong="$wrong $line: $has $(cat "$V/pending")"
	put "$V/disk6" none >/dev/null
done
is "$wrong $(daemon_pid)" " $daemon" 'ten lines of a disk are written as it comes'

# --- what is killed over it -------------------------------------------------------------------

perl -e 'for my $v (("path=$ARGV[1]", "none") x 4) { for (;;) { open my $f, ">", "$ARGV[0]/disk6" or die; last if defined syswrite $f, $v; $!{EINTR} or die "$v: $!" } }' "$V" "$TMP/d6" 2>"$TMP/said" & writer=$!
i=0
while kill -0 "$writer" 2>/dev/null && [ $i -lt 20 ]; do
	old=$(daemon_pid)
	[ -z "$old" ] || { kill -9 "$old" && gone "$old"; }
	cat "$MNT/version" >/dev/null
	i=$((i + 1))
done
wait "$writer"
is "$? $(cat "$TMP/said" "$V/disk6")" '0 none' "it comes and goes four times, and $i daemons are killed meanwhile" || diag "$(cat "$V/error")"
# A guest that is slow to let it go is asked again, at once by who writes it again
i=0
until timeout 10 sh -c "until [ -z \"\$(cat '$V/pending')\" ]; do sleep 0.1; done" || [ $i -eq 9 ]; do
	put "$V/disk6" none >/dev/null
	i=$((i + 1))
done
is "$(waiting)" '' 'the guest has let it go'
ok 'the last of them closes it' timeout 30 sh -c "until [ -z \"\$(find /proc/$(pid_of "$V")/fd -lname '*/d6')\" ]; do sleep 0.1; done"
free "$TMP/d6"
takes disk6 "path=$TMP/d6" 'and comes once more'
takes disk6 none 'and goes'
qemu=$(pid_of "$V")
kill -STOP "$qemu"
put "$V/disk6" "path=$TMP/d6" >"$TMP/said" & writer=$!
kill -9 "$qemu"
ok 'QEMU is killed' until_state "$V" failed
wait "$writer"
is "$(cat "$TMP/said" "$V/disk6")" "okpath=$TMP/d6" 'what is written meanwhile comes with the next boot'
free "$TMP/d6"

# --- a guest that does not let go -------------------------------------------------------------

truncate -s 1M "$TMP/empty"
put "$V/config" "$(for n in 1 2 3 4 5; do echo "disk$n=none"; done)
disk0=path=$TMP/empty
kernel=none
initrd=none
append=none" >/dev/null
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'a firmware that finds no system' || diag "$(cat "$V/error")"
ok 'says so' await 7 'No bootable device'
takes disk1 "path=$TMP/d1" 'is given a disk'
is "$(put "$V/disk1" none) $(waiting)" 'ok disk1' 'of which it does not let go: that waits'
is "$(cat "$V/pending" "$V/error")" "disk1 path=$TMP/d1 none" 'and is told'
is "$(put "$W/disk0" "path=$TMP/d1")$(put "$W/ctl" boot)" okEIO 'another VM does not get its file'
like "$(cat "$W/error")" 'd1: another disk of this VM, another VM or a process of the host.s has it open' 'and is told why'
is "$(put "$V/disk1" "path=$TMP/d1") $(waiting)" 'ok ' 'it may stay'
put "$V/disk1" none >/dev/null
is "$(put "$V/ctl" halt)$(put "$V/ctl" boot) $(waiting)" 'okok ' 'or goes with a boot'
free "$TMP/d1"

finish
