#!/bin/sh
# A reboot from inside: the zone comes up again, whatever restart says; one that powers off stays down.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
reboot='perl -e "syscall 169, 0xfee1dead, 672274793, 0x01234567, 0"'
poweroff='perl -e "syscall 169, 0xfee1dead, 672274793, 0x4321fedc, 0"'

job() {
	rmdir "$Z/exec/j" 2>/dev/null
	mkdir "$Z/exec/j" && put "$Z/exec/j/cmd" "$1"
}
pid() { pid_of "$Z"; }
# COMMAND DESCRIPTION: asked inside it comes up again, by itself
reboots() {
	_pid=$(pid)
	exec 8<"$Z/event"
	job "$1" >/dev/null
	await 8 ' halted exit=exited:0\n' ' booting\n' ' running\n' >/dev/null
	report $? "$2: it boots again"
	exec 8<&-
	isnt=$(pid)
	[ "$isnt" != "$_pid" ] && [ "$isnt" -gt 0 ]
	report $? "$2: with a process 1 of its own"
}
goes_off() { # COMMAND DESCRIPTION
	job "$1" >/dev/null
	is "$(ended "$Z") $(cat "$Z/state")" 'exited 0 halted' "$2: it is off"
	is "$(put "$Z/ctl" boot)" ok '... until it is booted'
}

is "$(cat "$Z/restart")" no 'restart is no'
put "$Z/env" 'ROUND=1' >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a zone runs the built-in init'
put "$Z/env" 'ROUND=2' >/dev/null
like "$(cat "$Z/status")" '^reboot_needed env' 'a setting waits'
reboots "$reboot" 'reboot(2)'
job 'echo $ROUND' >/dev/null
is "$(cat "$Z/exec/j/stdout")" 2 'what waited is in force'
is "$(key "$Z/status" reboot_needed)" '' 'and waits no more'
is "$(key "$Z/status" restarts)" 1 'restarts counts it'
is "$(key "$Z/status" exit)" - 'it has not ended'
goes_off "$poweroff" 'its power off'
is "$(key "$Z/status" restarts)" 0 'which begins the count anew'

# The tools' ways
if command -v busybox >/dev/null; then
	reboots 'busybox reboot -f' 'busybox reboot -f'
	reboots 'busybox reboot' 'busybox reboot'
	goes_off 'busybox poweroff -f' 'busybox poweroff -f'
	goes_off 'busybox poweroff' 'busybox poweroff'
	goes_off 'busybox halt' 'busybox halt'
else
	skip 'no busybox' "busybox's reboot"
fi
if command -v systemctl >/dev/null; then
	job 'for n in reboot poweroff shutdown; do ln -s "$(command -v systemctl)" /root/$n; done' >/dev/null
	cat "$Z/exec/j/wait" >/dev/null
	reboots /root/reboot "systemd's reboot where it does not run"
	reboots '/root/shutdown -r now' 'shutdown -r'
	reboots 'systemctl -ff reboot' 'systemctl -ff reboot'
	goes_off /root/poweroff 'poweroff'
else
	skip 'no systemctl' "systemctl's reboot"
fi
put "$Z/ctl" boot >/dev/null

# An init of its own
is "$(put "$Z/ctl" halt)$(put "$Z/init" "sh -c 'while :; do sleep 1000; done'")$(put "$Z/ctl" boot)" okokok 'another init'
reboots "$reboot" 'reboot(2)'
goes_off "$poweroff" 'power off'

# Who wants it down gets it down
is "$(put "$Z/restart" on-failure)" ok 'restart is on-failure'
goes_off "$poweroff" 'a power off is no failure'
put "$Z/ctl" halt >/dev/null
is "$(put "$Z/init" "sh -c '$reboot'")" ok 'an init that does nothing else'
put "$Z/restart" no >/dev/null
exec 8<"$Z/event"
is "$(put "$Z/ctl" boot)" ok 'is booted' || diag "$(cat "$Z/error")"
await 8 ' running\n' ' halted exit=exited:0\n' ' running\n' ' halted exit=exited:0\n' >/dev/null
report $? 'comes again and again, after pauses'
like "$(key "$Z/status" restart_in)" '^[0-9]+$' 'which status tells'
kill -9 "$(daemon_pid)"
await 8 ' booting\n' >/dev/null
report $? 'a daemon that dies in one is followed by one that goes on'
exec 8<&-
is "$(put "$Z/ctl" halt) $(cat "$Z/state")" 'ok halted' 'and halt ends that'
put "$Z/init" "perl -e '\$SIG{TERM} = sub { syscall 169, 0xfee1dead, 672274793, 0x01234567, 0 }; print qq(ready\\n) while sleep 1'" >/dev/null
is "$(put "$Z/ctl" boot)" ok 'one that reboots when it is asked to end'
exec 8<"$Z/console"
await 8 ready >/dev/null
exec 8<&-
is "$(put "$Z/ctl" 'shutdown 60')" ok '... is asked'
is "$(cat "$Z/state") $(key "$Z/status" exit)" 'halted exited 0' 'is down'

# The last word counts
is "$(put "$Z/init" "sh -c 'trap : TERM; echo up; while :; do read x; done'")$(put "$Z/ctl" boot)" okok 'one that does not end when it is asked to'
exec 8<"$Z/event"
put "$Z/ctl" 'reboot 60' >"$TMP/reboot" &
await 8 ' halting\n' >/dev/null
is "$(put "$Z/ctl" 'shutdown 1') $(cat "$Z/state")" 'ok halted' 'a shutdown after a reboot'
wait $!
is "$(cat "$TMP/reboot")" EIO 'takes the reboot back'
is "$(put "$Z/restart" always)$(put "$Z/init" none)$(put "$Z/ctl" boot)" okokok 'restart is always'
is "$(printf 'halt\nboot\n' | try write "$Z/ctl") $(cat "$Z/state")" 'ok running' 'what is halted and booted by one write'
is "$(key "$Z/status" restart_in)" - 'is not booted once more'
exec 8<&-
put "$Z/restart" no >/dev/null
put "$Z/ctl" halt >/dev/null

# As root takes the right away, nobody inside has it
is "$(put "$Z/init" none)$(put "$Z/privileges" -sys_boot)$(put "$Z/ctl" boot)" okokok 'without sys_boot'
before=$(pid)
job "$reboot" >/dev/null
cat "$Z/exec/j/wait" >/dev/null
is "$(pid)" "$before" 'reboot(2) is refused'
put "$Z/ctl" halt >/dev/null
put "$Z/privileges" default >/dev/null

# What it needs is away for a while
mkdir "$TMP/needed"
is "$(put "$Z/mounts" "$TMP/needed /srv/needed ro")$(put "$Z/ctl" boot)" okok 'a zone that shows a directory'
rmdir "$TMP/needed"
exec 8<"$Z/event"
job "$reboot" >/dev/null
await 8 ' failed' ' failed' >/dev/null
report $? 'reboots without it: each boot fails'
mkdir "$TMP/needed"
await 8 ' running\n' >/dev/null
report $? 'until it is there again'
exec 8<&-
is "$(put "$Z/ctl" halt)" ok 'it is halted'

# Whoever is there to see it
is "$(put "$Z/ctl" boot)" ok 'it runs'
go=$TMP/state/roots/$(key "$Z/status" id)/root/go
waits_to_reboot() { job 'until [ -e /root/go ]; do sleep 0.02; done; rm /root/go; kill -TERM 1' >/dev/null; }
comes_again() { # PID DESCRIPTION: of its process 1 that ended
	exec 8<"$Z/event"
	case $(pid) in 0 | "$1") await 8 ' running\n' >/dev/null ;; esac
	exec 8<&-
	isnt=$(pid)
	[ "$isnt" != "$1" ] && [ "$isnt" -gt 0 ]
	report $? "$2"
}
waits_to_reboot
before=$(pid)
kill -9 "$(daemon_pid)"
touch "$go"
comes_again "$before" 'it boots again over a daemon that was killed'
waits_to_reboot
before=$(pid)
old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
unmount && gone $old
touch "$go"
gone "$before"
mount_tree
comes_again "$before" 'and where none was mounted'
finish
