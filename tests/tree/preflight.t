#!/bin/sh
# reboot looks first: one that could not come up again is refused, and the zone runs on.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$TMP/dir"
pid() { pid_of "$Z"; }
is "$(put "$Z/mounts" "$TMP/dir /mnt ro")$(put "$Z/ctl" boot)" okok 'a zone that shows a directory'
before=$(pid)
runs_on() { # ERE DESCRIPTION: reboot is refused so, and nothing ended
	refused "$Z/ctl" reboot EIO "$1"
	is "$(cat "$Z/state") $(pid)" "running $before" "$2: it runs on"
}
comes_up() { # DESCRIPTION
	is "$(put "$Z/ctl" 'reboot 5') $(cat "$Z/state")" 'ok running' "$1: it boots again" || diag "$(cat "$Z/error")"
	before=$(pid)
}

rmdir "$TMP/dir"
runs_on "^ctl: reboot: mounts: .*$TMP/dir" 'the directory is gone'
mkdir "$TMP/dir"
comes_up 'the directory is there'

is "$(put "$Z/devices" '/dev/fuse rw')" ok 'a device'
comes_up 'with a device'
put "$Z/devices" none >/dev/null

# init, as init/command.c finds it
put "$Z/init" /no/such/program >/dev/null
runs_on 'reboot: init: no such program "/no/such/program" in this zone' 'no such program'
put "$Z/init" nosuchprogram >/dev/null
runs_on 'reboot: init: no such program "nosuchprogram" in this zone' 'none of such a name'
put "$Z/init" /etc/passwd >/dev/null
runs_on 'reboot: init: "/etc/passwd" may not be executed' 'no program'
put "$Z/init" /etc >/dev/null
runs_on 'reboot: init: "/etc" may not be executed' 'a directory'
put "$Z/init" 'sleep 1000' >/dev/null
comes_up 'one that is found by PATH'
put "$Z/env" 'PATH=/nowhere' >/dev/null
runs_on 'reboot: init: no such program "sleep" in this zone' 'a PATH that leads nowhere'
put "$Z/env" none >/dev/null
if [ -e /lib/systemd/systemd ] && [ ! -e /sys/fs/cgroup/cgroup.procs ]; then
	put "$Z/init" /lib/systemd/systemd >/dev/null
	is "$(put "$Z/ctl" reboot) $(pid)" "EOPNOTSUPP $before" 'systemd where the host has not v2 alone: it runs on'
else
	skip 'no systemd, or v2 alone' 'systemd on v1'
fi
put "$Z/init" none >/dev/null
comes_up 'the built-in init'

# Two at once, a writer who goes, and a daemon that dies
rmdir "$TMP/dir"
put "$Z/ctl" reboot >"$TMP/one" &
one=$!
put "$Z/ctl" reboot >"$TMP/two"
wait $one
is "$(cat "$TMP/one" "$TMP/two") $(pid)" "EIOEIO $before" 'two that ask at once are both refused'
refused "$Z/ctl" "reboot
halt" EIO 'reboot: mounts'
is "$(cat "$Z/state")" running 'and what follows is not run'
mkdir "$TMP/dir"
comes_up 'then'
put "$Z/ctl" halt >/dev/null

# A VM
if [ -x "$WARREN_BUILD/guests/hello" ] && command -v qemu-system-x86_64 >/dev/null; then
	V=$MNT/vms/v
	mkdir "$V"
	cp "$WARREN_BUILD/guests/hello" "$TMP/kernel"
	put "$V/kernel" "$TMP/kernel" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a VM' || diag "$(cat "$V/error")"
	rm "$TMP/kernel"
	is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'whose kernel is gone runs on'
	like "$(cat "$V/error")" "^ctl: reboot: kernel: .*$TMP/kernel" 'and says so'
	cp "$WARREN_BUILD/guests/hello" "$TMP/kernel"
	printf 'QFI\373\0\0\0\003' >"$TMP/disk"
	truncate -s 1M "$TMP/disk"
	truncate -s 1M "$TMP/raw"
	put "$V/machine" pc >/dev/null # disks wait for the boot, as it does
	for d in "path=$TMP/disk" "path=$TMP/disk readonly=on" "path=$TMP/raw format=qcow2"; do
		put "$V/disk0" "$d" >/dev/null
		is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' "nor is it halted for ${d#*/*/}"
		like "$(cat "$V/error")" '^ctl: reboot: disk0: it is .* format qcow2' 'and says so'
	done
	put "$V/disk0" "path=$TMP/disk format=qcow2" >/dev/null
	is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'nor for a damaged header of qcow2'
	like "$(cat "$V/error")" '^ctl: reboot: disk0: it says that the disk has 0 bytes' 'and says so'
	ln "$TMP/raw" "$TMP/link"
	for d in raw link; do
		put "$V/config" "disk0=path=$TMP/raw readonly=on
disk3=path=$TMP/$d" >/dev/null
		is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' "nor for one file as two disks, $d"
		like "$(cat "$V/error")" "^ctl: reboot: disk3: $TMP/$d: another disk of this VM, disk0, has it" 'and says so'
	done
	put "$V/config" "disk0=path=$TMP/new size=1M
disk3=path=$TMP/new size=1M" >/dev/null
	is "$(put "$V/ctl" reboot) $(cat "$V/state") $(ls "$TMP/new" 2>&1)" "EIO running ls: cannot access '$TMP/new': No such file or directory" 'nor for one that is not there yet, and is not made'
	put "$V/config" "disk0=none
disk3=none" >/dev/null
	seq 9999 >"$TMP/text"
	(umask 077 && cp "$TMP/text" "$TMP/own")
	for k in text own; do
		put "$V/kernel" "$TMP/$k" >/dev/null
		is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' "nor for a $k that is no kernel"
		like "$(cat "$V/error")" "^ctl: reboot: kernel: $TMP/$k: it is no kernel" 'and says so'
	done
	put "$V/ctl" halt >/dev/null
else
	skip 'no QEMU' 'a VM'
fi
finish
