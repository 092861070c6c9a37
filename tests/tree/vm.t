#!/bin/sh
# VMs: a tiny guest of ours under TCG (kvm.t has what is KVM's).
. "$(dirname "$0")/lib.sh"
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ "$(id -u)" -ne 0 ] || [ -e "$HELLO" ] || {
	echo "1..1"
	echo "not ok 1 - $HELLO is built"
	exit 1
}
setup
V=$VMS/v
mkdir "$V"

# boot, and what runs
is "$(put "$V/config" "accel=tcg
kernel=$HELLO
append=echo")" ok 'settings'
mounts=$(mounts_left | wc -l)
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'ok running' 'boot' || diag "$(cat "$V/error")"
exec 7<"$V/console"
grep -q ready "$V/log" || await 7 ready >/dev/null
report $? 'the guest greets on its console'
like "$(cat "$V/log")" "hello from warren's test guest" 'log has its greeting'
like "$(cat "$V/log")" 'accelerator: TCG' 'it runs under TCG'
like "$(cat "$V/log")" "command line: 'echo'" 'and has its command line'
pid=$(pid_of "$V")
is "$(awk '{ print $1, $2 }' "$V/procs")" "$pid 1" 'QEMU is the only process in its zone'
like "$(cat "$V/procs")" 'qemu' 'and it is QEMU'
is "$(key "$V/status" accel)" tcg 'status tells the accelerator'
is "$(cat "$V/kvm.stat" 2>&1 | sed 's/.*: //')" 'Operation not supported' 'under which nothing is counted for kvm.stat'
like "$(grep '^v ' "$MNT/list" | tr -s ' ')" "^v vm running $pid " 'list shows it'

# The console goes both ways
is "$(put "$V/console" 'zyx
')" ok 'typing to the guest'
ok 'it answers' await 7 zyx

# Verbs
refused "$V/ctl" boot EEXIST
refused "$V/ctl" frobnicate EINVAL
is "$(try rmdir "$V") $(try rename "$V" "$VMS/w")" 'ENOTEMPTY ENOTEMPTY' 'a running VM stays where it is'
put "$V/ram" 128M >/dev/null
like "$(key "$V/status" reboot_needed)" '(^| )ram( |$)' 'a new size waits for the next boot'
is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'ok running' 'reboot'
is "$(key "$V/status" reboot_needed)" '' 'nothing waits any more'
pid=$(pid_of "$V")
is "$(put "$V/ctl" halt) $(cat "$V/state") $(put "$V/ctl" halt)" 'ok halted ok' 'halt, and again'
ok 'QEMU is gone' [ ! -e "/proc/$pid" ]
is "$(groups_left)" '' 'no control group is left'
is "$(mounts_left | wc -l)" "$mounts" 'no mount is left'
refused "$V/ctl" shutdown ESRCH

# shutdown: a guest that hears the power button, and one that is deaf
is "$(put "$V/ctl" boot)" ok 'boot again'
exec 7<"$V/console"
grep -q 'tick 3' "$V/log" || await 7 'tick 3' >/dev/null
is "$(timeout 50 sh -c "echo shutdown >'$V/ctl' && echo ok") $(cat "$V/state") $(ended "$V")" 'ok halted exited 0' 'shutdown by ACPI'
like "$(tail -n 12 "$V/log")" 'power button' 'the guest felt the button'
put "$V/append" spin >/dev/null
is "$(put "$V/ctl" boot) $(put "$V/ctl" 'shutdown 1') $(cat "$V/state")" 'ok ok halted' 'shutdown 1: a deaf guest is halted'

# A guest that ends by itself, on each machine
put "$V/append" poweroff >/dev/null
for m in auto pc q35 microvm; do
	put "$V/machine" $m >/dev/null
	is "$(put "$V/ctl" boot) $(ended "$V") $(cat "$V/state") $(key "$V/status" exit)" 'ok exited 0 halted exited 0' \
		"machine $m: a guest that powers off has halted" || diag "$(cat "$V/error")"
	like "$(tail -n 12 "$V/log")" "hello" 'after its greeting'
done
put "$V/machine" auto >/dev/null

# Unset, memory.max has room for what QEMU needs beside the guest's RAM
put "$V/append" echo >/dev/null
put "$V/vcpus" 255 >/dev/null
for m in pc q35; do
	put "$V/machine" $m >/dev/null
	is "$(put "$V/ctl" boot)" ok "machine $m with 255 vcpus"
	exec 7<"$V/console"
	grep -q ready "$V/log" || await 7 ready >/dev/null
	is "$? $(cat "$V/state") $(key "$V/memory.events" oom)" '0 running 0' 'has room for QEMU' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
done
put "$V/vcpus" 1 >/dev/null
put "$V/machine" auto >/dev/null

# The firmware's words, where nothing can be booted
truncate -s 1M "$TMP/blank.img"
put "$V/config" "kernel=none
append=none
disk0=path=$TMP/blank.img" >/dev/null
for m in pc q35; do
	put "$V/machine" $m >/dev/null
	is "$(put "$V/ctl" boot)" ok "machine $m with a blank disk"
	exec 7<"$V/console"
	grep -q 'No bootable device' "$V/log" || await 7 'No bootable device' >/dev/null
	report $? 'its firmware says so on the console'
	put "$V/ctl" halt >/dev/null
done
put "$V/config" "machine=auto
disk0=none
kernel=$HELLO" >/dev/null

# What can't boot
mkfifo "$TMP/fifo"
: >"$TMP/empty"
for k in "$TMP/none" "$TMP" "$TMP/fifo"; do
	put "$V/kernel" "$k" >/dev/null
	got=$(put "$V/ctl" boot)
	is "$got $(cat "$V/state")" 'EIO failed' "kernel ${k##*/}: failed"
	like "$(cat "$V/error")" "$k" 'and the reason'
	is "$(groups_left)$(cat "$V/procs")" '' 'nothing of it is left'
done
put "$V/kernel" "$TMP/empty" >/dev/null
got=$(put "$V/ctl" boot)
[ "$got" != ok ] || got="ok $(ended "$V")"
unlike "$(cat "$V/state")" running "a kernel that is none: $got"
put "$V/kernel" "$HELLO" >/dev/null

# A disk
truncate -s 1M "$TMP/disk.img"
put "$V/append" echo >/dev/null
opened() { # the flags with which QEMU has FILE open: 0 to read, 2 to read and write
	for fd in "/proc/$(pid_of "$V")"/fd/*; do
		[ "$(readlink "$fd")" = "$1" ] && awk '/^flags/ { print substr($2, length($2)) }' \
			"$(echo "$fd" | sed 's,/fd/,/fdinfo/,')"
	done | sort -u | tr '\n' ' '
}
accepted "$V/disk0" "path=$TMP/disk.img format=raw"
is "$(put "$V/ctl" boot)" ok 'a VM with a disk' || diag "$(cat "$V/error")"
like "$(opened "$TMP/disk.img")" 2 'QEMU has it open'
put "$V/ctl" halt >/dev/null
put "$V/disk0" "path=$TMP/disk.img format=raw readonly=on" >/dev/null
is "$(put "$V/ctl" boot) $(opened "$TMP/disk.img")" 'ok 0 ' 'readonly=on: open to read only'
put "$V/ctl" halt >/dev/null
put "$V/disk0" "path=$TMP/new.img format=raw size=2M" >/dev/null
is "$(put "$V/ctl" boot) $(stat -c %s "$TMP/new.img")" 'ok 2097152' 'size= makes the file' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null
put "$V/disk0" "path=$TMP/none.img" >/dev/null
is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' 'a disk that is not there: failed'
like "$(cat "$V/error")" "$TMP/none.img" 'and the reason'
ok 'nothing was made' [ ! -e "$TMP/none.img" ]
put "$V/disk0" none >/dev/null

finish
