#!/bin/sh
# pause and resume, of zones and of VMs; pause-v1.t runs this with the freezer of control groups v1.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a HELLO=$WARREN_BUILD/guests/hello
killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}
cpu() { key "$Z/cpu.stat" usage_usec; }
stands() { # its log does not grow, its CPU time neither; the monitor may have to write what came before
	for _try in 1 2 3; do
		_log=$(wc -c <"$Z/log") _cpu=$(cpu)
		sleep 0.3
		[ "$_log $_cpu" != "$(wc -c <"$Z/log") $(cpu)" ] || return 0
	done
	return 1
}

mkdir "$Z"
put "$Z/init" "/bin/sh -c 'while :; do echo tick; sleep 0.01; done'" >/dev/null
is "$(put "$Z/ctl" pause)" ESRCH 'what does not run is not paused'
is "$(put "$Z/ctl" resume)" ESRCH 'nor resumed'
exec 8<"$Z/event"
put "$Z/ctl" boot >/dev/null
pid=$(pid_of "$Z")
is "$(put "$Z/ctl" pause) $(cat "$Z/state")" 'ok paused' 'pause'
ok 'it stands still' stands
is "$(await 8 ' running' ' paused.*\n' | tail -n 1 | cut -d' ' -f3-)" 'zones/a paused' 'an event tells'
is "$(pid_of "$Z") $(key "$Z/status" state)" "$pid paused" 'status'
like "$(grep '^a ' "$MNT/list" | tr -s ' ')" "^a zone paused $pid " 'list'
like "$(cat "$Z/procs")" "^$pid 1 " 'procs'
is "$(key "$MNT/host" running)" 1 'host counts it'
is "$(tr '\n' , <"$Z/ctl")" '# halt,# kill SIGNAL [PID],# reboot [SECONDS],# resume,# shutdown [SECONDS],# size ROWS COLS,' 'ctl lists what it takes'
is "$(put "$Z/ctl" pause) $(cat "$Z/state")" 'ok paused' 'pause again'
refused "$Z/ctl" boot EEXIST 'resume it'
refused "$Z/ctl" 'pause now' EINVAL
is "$(try rmdir "$Z") $(try rename "$Z" "$ZONES/b")" 'ENOTEMPTY ENOTEMPTY' 'it can be neither removed nor renamed'
mkdir "$Z/exec/j"
refused "$Z/exec/j/cmd" 'echo hi' ESRCH 'resume it first'
accepted "$Z/cpu.cap" 50
accepted "$Z/memory.max" 67108864
is "$(put "$Z/console" x)" ok 'its console takes keys'
timeout -s INT 0.3 cat "$Z/wait" >/dev/null
is $? 124 'wait blocks'

# Without a daemon, and with another
ok 'kill -9 of the daemon' killed
is "$(cat "$Z/state") $(pid_of "$Z")" "paused $pid" 'the next finds it paused'
ok 'and it stands still' stands
exec 8<&-
ok 'umount and mount' remount
is "$(cat "$Z/state") $(pid_of "$Z")" "paused $pid" 'found again'
exec 8<"$Z/event"
is "$(put "$Z/ctl" resume) $(cat "$Z/state")" 'ok running' 'resume'
like "$(await 8 ' running.*\n')" "zones/a running" 'an event tells'
exec 7<"$Z/console"
ok 'it goes on' await 7 tick tick
is "$(put "$Z/ctl" resume) $(cat "$Z/state")" 'ok running' 'resume again'
is "$(pid_of "$Z") $(cat "$Z/cpu.cap")" "$pid 50" 'nothing else has changed'
is "$(put "$Z/ctl" 'pause
resume
pause') $(cat "$Z/state")" 'ok paused' 'three lines'

i=0
while [ $i -lt 100 ]; do i=$((i + 1)); echo pause; echo resume; done >"$TMP/turns"
is "$(try write "$Z/ctl" <"$TMP/turns")" ok 'a hundred times, while it makes processes'
put "$Z/ctl" pause >/dev/null

# What ends it while it is paused
is "$(put "$Z/ctl" halt) $(cat "$Z/state") $(cat "$Z/wait")" 'ok halted killed 9' 'halt'
ok 'nothing is left' gone "$pid"
put "$Z/ctl" 'boot
pause' >/dev/null
is "$(put "$Z/ctl" 'shutdown 1') $(cat "$Z/state")" 'ok halted' 'shutdown lets it go on, to its end'
is "$(put "$Z/ctl" 'boot
pause
reboot 1') $(cat "$Z/state")" 'ok running' 'reboot'
put "$Z/init" "/bin/sh -c 'trap \"exit 5\" TERM; echo up; while :; do sleep 0.01; done'" >/dev/null
put "$Z/ctl" 'reboot 1' >/dev/null
exec 7<&-
exec 7<"$Z/console"
grep -q up "$Z/log" || await 7 up >/dev/null
is "$(put "$Z/ctl" 'pause
kill TERM') $(cat "$Z/state")" 'ok paused' 'a signal waits'
is "$(put "$Z/ctl" resume | grep -c -e ok -e EIO) $(ended "$Z")" '1 exited 5' 'until it is resumed'
put "$Z/ctl" 'boot
pause' >/dev/null
is "$(put "$MNT/ctl" halt-all) $(cat "$Z/state")" 'ok halted' 'halt-all'
put "$Z/ctl" 'boot
pause' >/dev/null
ok 'the monitor of a paused zone is killed' kill -9 "$(awk '/^PPid/ { print $2 }' "/proc/$(pid_of "$Z")/status")"
ok 'then it has failed' until_state "$Z" failed
is "$(groups_left)" '' 'and nothing is left'

# Pausing and resuming at once, while daemons die
put "$Z/ctl" boot >/dev/null
pid=$(pid_of "$Z")
again() { # COMMAND TIMES: EIO where the other came between, EINTR before Linux 6.9
	_i=0
	while [ $_i -lt "$2" ]; do
		_i=$((_i + 1))
		case $(put "$Z/ctl" "$1") in ok | EIO | EINTR) ;; *) echo bad ;; esac
	done
}
again pause 40 >"$TMP/p" & one=$!
again resume 40 >"$TMP/r" & two=$!
killed && killed && killed
report $? 'daemons die over it'
ok 'clients end' wait $one $two
is "$(cat "$TMP/p" "$TMP/r")" '' 'with no other error'
is "$(put "$Z/ctl" resume) $(cat "$Z/state") $(pid_of "$Z")" "ok running $pid" 'and it runs'
put "$Z/ctl" halt >/dev/null

# A VM: its clock stands still, too
V=$VMS/v
if command -v "qemu-system-$(uname -m)" >/dev/null && [ -e "$HELLO" ]; then
	mkdir "$V"
	put "$V/config" "accel=tcg
kernel=$HELLO
append=count" >/dev/null
	exec 8<"$V/event"
	is "$(put "$V/ctl" boot)" ok 'boot a VM'
	exec 7<"$V/console"
	await 7 'tick \d+\s' >/dev/null
	is "$(put "$V/ctl" pause) $(cat "$V/state") $(key "$V/status" accel)" 'ok paused tcg' 'pause'
	was=$(grep -c tick "$V/log")
	ok 'kill -9 of the daemon' killed
	is "$(cat "$V/state")" paused 'the next finds it paused'
	is "$(grep -c tick "$V/log")" "$was" 'it stands still'
	refused "$V/ctl" boot EEXIST
	is "$(put "$V/ctl" resume) $(cat "$V/state")" 'ok running' 'resume'
	exec 7<&-
	exec 7<"$V/console"
	ok 'it goes on' await 7 'tick \d+\s'
	is "$(await 8 ' paused.*\n' ' running.*\n' | tail -n 1 | cut -d' ' -f3-)" 'vms/v running' 'events tell'
	is "$(put "$V/ctl" 'pause
halt') $(cat "$V/state")" 'ok halted' 'halt of a paused one'
	put "$V/append" poweroff >/dev/null
	is "$(put "$V/ctl" 'boot
pause
shutdown 20') $(cat "$V/state")" 'ok halted' 'shutdown of a paused one'
else
	skip 'no QEMU here' 'a VM'
fi
finish
