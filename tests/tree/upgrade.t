#!/bin/sh
# An upgrade while zones and VMs run: their monitors are of an earlier version, and serve on.
. "$(dirname "$0")/lib.sh"
NOW=$WARREN_BUILD BEFORE=$WARREN_BUILD/before
[ -e "$BEFORE/mount.warren" ] || skip_all "no earlier programs: make them by sh tests/before.sh $WARREN_BUILD"
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'

mount_by() { # DIR: with the programs in it
	WARREN_BUILD=$1
	mount_tree
	_rc=$?
	WARREN_BUILD=$NOW
	return $_rc
}
switch_to() { # DIR
	_old="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	unmount && gone $_old && mount_by "$1"
}
monitor_of() { readlink "/proc/$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$1")/status")/exe"; }
run() { # COMMAND: as a job of the zone's
	mkdir "$Z/exec/j" && put "$Z/exec/j/cmd" "$1" >/dev/null && timeout 30 cat "$Z/exec/j/wait" "$Z/exec/j/stdout"
	rmdir "$Z/exec/j"
}
says() { # TEXT: typed to the guest, which sends it back
	exec 7<"$V/console"
	grep -q ready "$V/log" || await 7 ready >/dev/null
	put "$V/console" "$1
" >/dev/null
	await 7 "$1" >/dev/null
	_rc=$?
	exec 7<&-
	return $_rc
}

setup
ok 'a tree of the version before' switch_to "$BEFORE"
Z=$ZONES/z V=$VMS/v
mkdir "$Z" "$V"
put "$V/config" "accel=tcg
kernel=$HELLO
append=echo" >/dev/null
is "$(put "$Z/ctl" boot) $(put "$V/ctl" boot)" 'ok ok' 'a zone and a VM run' || diag "$(cat "$Z/error" "$V/error")"
ok 'the guest hears' says before
pids="$(pid_of "$Z") $(pid_of "$V")"

ok 'the tree is upgraded' switch_to "$NOW"
is "$(cat "$Z/state") $(cat "$V/state") $(pid_of "$Z") $(pid_of "$V")" "running running $pids" 'both run on'
is "$(monitor_of "$Z") $(monitor_of "$V")" "$BEFORE/warren-monitor $BEFORE/warren-monitor" 'with the monitors that they had'
is "$(put "$Z/cpu.cap" 50) $(put "$V/cpu.cap" 50)" 'ok ok' 'limits change'
is "$(put "$Z/hostname" other) $(run hostname)" 'ok exited 0
other' 'the zone takes another name, and runs a job'
like "$(cat "$V/log")" 'hello from warren' 'the log of its guest is there'
ok 'which hears' says after
for d in "$Z" "$V"; do
	is "$(put "$d/ctl" pause) $(cat "$d/state") $(put "$d/ctl" resume) $(cat "$d/state")" 'ok paused ok running' "${d##*/} is paused and resumed"
done
is "$(perl -e 'open my $f, "+<", $ARGV[0] or die; syswrite $f, q({"execute": "query-name"}); sysread $f, my $t, 9999; print $t' "$V/qmp")" '{"return": {"name": "v"}}' 'QEMU is asked'
ok 'a daemon is killed' kill -9 "$(daemon_pid)"
is "$(cat "$Z/state") $(cat "$V/state")" 'running running' 'and the next finds both'
is "$(put "$V/ctl" 'shutdown 60') $(ended "$V")" 'ok exited 0' 'the guest is shut down by its button'
like "$(tail -n 12 "$V/log")" 'power button' 'which it felt'
is "$(put "$Z/ctl" reboot) $(cat "$Z/state") $(put "$V/ctl" boot)" 'ok running ok' 'both boot again'
is "$(monitor_of "$Z") $(monitor_of "$V")" "$NOW/warren-monitor $NOW/warren-monitor" 'with monitors of now'

# Back again, as one whose upgrade was a mistake
ok 'the tree goes back' switch_to "$BEFORE"
is "$(cat "$Z/state") $(cat "$V/state")" 'running running' 'both run on'
is "$(put "$Z/cpu.cap" 60) $(run hostname)" 'ok exited 0
other' 'the zone takes limits and jobs'
ok 'the guest hears' says back
is "$(put "$V/ctl" pause) $(put "$V/ctl" resume) $(put "$V/ctl" 'shutdown 60') $(ended "$V")" 'ok ok ok exited 0' 'and is paused, resumed and shut down'
is "$(put "$Z/ctl" halt) $(put "$Z/ctl" boot) $(put "$V/ctl" boot)" 'ok ok ok' 'both boot by what was before'
is "$(put "$Z/ctl" halt) $(put "$V/ctl" halt)" 'ok ok' 'and halt'
finish
