#!/bin/sh
# A zone's life: its states and verbs, and that nothing is left behind.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
alive() { [ -d "/proc/$1" ]; }
mounts=$(mounts_left | wc -l)

# Verbs where nothing runs
refused "$Z/ctl" shutdown ESRCH
refused "$Z/ctl" reboot ESRCH
refused "$Z/ctl" 'kill TERM' ESRCH
is "$(put "$Z/ctl" halt) $(put "$Z/ctl" halt)" 'ok ok' 'halting what is halted succeeds'
refused "$Z/ctl" frobnicate EINVAL 'frobnicate'
for v in Boot 'boot now' kill 'kill NOSUCH' 'shutdown soon' 'shutdown 1 2' 'shutdown -1' 'halt a' 'boot;halt'; do
	refused "$Z/ctl" "$v" 'EINVAL ERANGE'
done
refused "$Z/console" "x" ESRCH
is "$(timeout 10 cat "$Z/wait")" - 'wait does not block where nothing ran'
like "$(cut -d' ' -f1 "$Z/status" | tr '\n' ' ')" '^state id pid uptime started exit reboot_needed ' 'status has its keys'

# boot, with the built-in init
is "$(put "$Z/ctl" boot)" ok 'boot'
is "$(cat "$Z/state") $(key "$Z/status" state)" 'running running' 'running when the write has returned'
pid=$(pid_of "$Z")
ok 'status tells the pid of a process' alive "$pid"
like "$(cat "$Z/procs")" "^$pid 1 [^ ]" 'procs has it, as process 1 of the zone'
like "$(key "$Z/status" uptime)" '^[0-9.]+$' 'status tells the uptime'
among "$(($(date +%s) - 60))" "$(key "$Z/status" started | cut -d. -f1)" "$(date +%s)" 'and when it started'
is "$(key "$Z/status" exit)" - 'and no exit'
like "$(grep '^a ' "$MNT/list" | tr -s ' ')" "^a zone running $pid " 'list shows it'
is "$(key "$MNT/host" running)" 1 'host counts it'
like "$(cat "$Z/ctl")" '^# shutdown( |$)' 'cat ctl lists shutdown now'
unlike "$(cat "$Z/ctl")" '^# boot( |$)' 'and not boot'
for ns in user pid mnt uts ipc net cgroup; do
	ok "its $ns namespace is its own" [ "$(readlink "/proc/$pid/ns/$ns")" != "$(readlink "/proc/self/ns/$ns")" ]
done
among 65536 "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" 4294967294 'it is nobody of the host'
mkdir "$ZONES/b"
put "$ZONES/b/ctl" boot >/dev/null
ok 'another zone has other uids' [ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" != \
	"$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$ZONES/b")/status")" ]

# Verbs where it runs
refused "$Z/ctl" boot EEXIST
refused "$Z/ctl" 'kill NOSUCH' EINVAL
refused "$Z/ctl" 'kill TERM 4194303' 'ESRCH'
is "$(try rmdir "$Z")" ENOTEMPTY 'a running zone is not removed'
is "$(try rename "$Z" "$ZONES/c")" ENOTEMPTY 'nor renamed'
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'and runs on'
is "$(key "$Z/status" reboot_needed)" '' 'no reboot is needed'
put "$Z/init" '/bin/sleep 1000' >/dev/null
like "$(key "$Z/status" reboot_needed)" '(^| )init( |$)' 'a new init waits for the next boot'
is "$(put "$Z/ctl" reboot) $(cat "$Z/state")" 'ok running' 'reboot'
is "$(cat "/proc/$(pid_of "$Z")/comm")" sleep 'with the new init'
ok 'the old one is gone' gone "$pid"
is "$(key "$Z/status" reboot_needed)" '' 'nothing waits any more'

# halt leaves nothing
pid=$(pid_of "$Z")
is "$(put "$Z/ctl" halt) $(cat "$Z/state")" 'ok halted' 'halt'
ok 'its process is gone' [ ! -e "/proc/$pid" ]
is "$(timeout 10 cat "$Z/wait") $(key "$Z/status" exit)" 'killed 9 killed 9' 'wait and status tell the exit'
is "$(cat "$Z/procs")" '' 'procs is empty'
is "$(put "$ZONES/b/ctl" halt)" ok 'and the other one'
is "$(groups_left)" '' 'no control group is left'
is "$(mounts_left | wc -l)" "$mounts" 'no mount is left'
ok 'rmdir' rmdir "$ZONES/b"

# Several commands in a write
P=$ZONES/plain # with the built-in init
mkdir "$P"
is "$(put "$P/ctl" '# first

boot
halt
boot')" ok 'several commands'
pid=$(pid_of "$P")
is "$(put "$P/ctl" 'reboot
frobnicate
halt')" EINVAL 'the first that fails ends the write'
ok 'those before it were done' [ "$(pid_of "$P")" != "$pid" ]
is "$(cat "$P/state")" running 'those behind it were not'

# kill
put "$Z/ctl" boot >/dev/null
is "$(put "$Z/ctl" 'kill KILL')" ok 'kill KILL'
is "$(ended "$Z")" 'killed 9' 'ends it'
unlike "$(cat "$Z/state")" running 'it does not run'
is "$(put "$Z/ctl" boot)$(put "$Z/ctl" 'kill 9')$(ended "$Z")" 'okokkilled 9' 'a signal by its number'
is "$(put "$Z/ctl" boot)$(put "$Z/ctl" 'kill SIGKILL')$(ended "$Z")" 'okokkilled 9' 'and by its whole name'

# shutdown: an init that hears, one that does not
put "$Z/init" '/bin/sh -c "trap : TERM INT HUP PWR USR1 USR2; while :; do sleep 1000; done"' >/dev/null
put "$Z/ctl" boot >/dev/null
is "$(put "$Z/ctl" 'shutdown 1') $(cat "$Z/state")" 'ok halted' 'shutdown 1 halts an init that does not hear'
is "$(ended "$Z")" 'killed 9' 'by killing it'
got=$(timeout 20 sh -c "echo shutdown >'$P/ctl' && echo ok")
is "$got $(cat "$P/state")" 'ok halted' 'shutdown: the built-in init goes at once, not after 60 s'
like "$(ended "$P")" '^exited ' 'by itself'

# An init that ends by itself
for n in 0 3; do
	put "$Z/init" "/bin/sh -c 'exit $n'" >/dev/null
	is "$(put "$Z/ctl" boot)$(ended "$Z")" "okexited $n" "an init that exits $n"
	is "$(key "$Z/status" exit)" "exited $n" 'status tells it'
	unlike "$(cat "$Z/state")" 'running|booting|halting' 'it does not run'
done
is "$(groups_left)" '' 'no control group is left'

# Short lives on a busy host: the end comes at any moment of the boot. That no monitor stays is
# looked at by `finish`
busy='' many=60
! emulated || many=20
for _ in 1 2; do
	timeout 60 sh -c 'while :; do :; done' & busy="$busy $!"
done
put "$Z/init" "/bin/sh -c 'exit 3'" >/dev/null
is "$(seq $many | while read -r _; do echo "$(put "$Z/ctl" boot) $(ended "$Z") $(cat "$Z/state")"; done | sort | uniq -c | tr -s ' ')" \
	" $many ok exited 3 halted" "$many inits that end at once"
put "$Z/init" "/bin/sh -c 'seq 30000; echo last'" >/dev/null
is "$(seq $((many / 2)) | while read -r _; do echo "$(put "$Z/ctl" boot) $(ended "$Z") $(tail -n 1 "$Z/log" | tr -d '\r')"; done | sort | uniq -c | tr -s ' ')" \
	" $((many / 2)) ok exited 0 last" "$((many / 2)) that say much and end"
# shellcheck disable=SC2086  # several pids
kill $busy

# A boot that fails
for i in /nonexistent/init /etc; do
	put "$Z/init" "$i" >/dev/null
	is "$(put "$Z/ctl" boot) $(cat "$Z/state")" 'EIO failed' "init $i: failed"
	like "$(cat "$Z/error")" "$(printf %s "$i" | cut -c1-4)" 'and the reason'
	is "$(cat "$Z/procs")$(groups_left)" '' 'nothing of it is left'
	is "$(mounts_left | wc -l)" "$mounts" 'no mount either'
done
put "$Z/init" '/bin/sleep 1000' >/dev/null
is "$(put "$Z/ctl" boot) $(cat "$Z/state")" 'ok running' 'once that is right it boots'
put "$Z/ctl" halt >/dev/null

# All at once, and at the daemon's start
put "$Z/autoboot" on >/dev/null
is "$(put "$MNT/ctl" boot-all) $(cat "$Z/state" "$P/state" | tr '\n' ' ')" 'ok running halted ' \
	'boot-all boots those with autoboot'
put "$P/ctl" boot >/dev/null
is "$(put "$MNT/ctl" halt-all) $(cat "$Z/state" "$P/state" | tr '\n' ' ')" 'ok halted halted ' 'halt-all'
put "$P/ctl" boot >/dev/null
is "$(put "$MNT/ctl" 'shutdown-all 5') $(cat "$P/state")" 'ok halted' 'shutdown-all'
ok 'umount and mount' remount
ok 'autoboot: it boots when the daemon starts' until_state "$Z" running
put "$Z/ctl" halt >/dev/null

# rmdir destroys all it owns
put "$Z/autoboot" off >/dev/null
inside "$Z" "echo kept >/root/$CG.file" >/dev/null
is "$(inside "$Z" "cat /root/$CG.file")" kept "a zone's files stay over a boot"
ok 'rmdir' rmdir "$Z"
is "$(find "$TMP/state" "$TMP/run" -name "$CG.file")" '' 'its files are gone from the disk'
mkdir "$Z"
is "$(inside "$Z" "cat /root/$CG.file 2>/dev/null || echo none")" none 'and not in the next of its name'
finish
