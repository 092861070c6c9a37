#!/bin/sh
# As the host goes down: SIGTERM comes to all, and each zone is asked to end, be there a daemon or none.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
monitor_of() { awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$1")/status"; }
mkdir "$Z"
put "$Z/init" "/bin/sh -c 'trap \"echo bye; exit 7\" TERM; while :; do echo up; sleep 0.1; done'" >/dev/null
put "$Z/restart" always >/dev/null
up() { # boots it, and waits until it has set its trap
	put "$Z/ctl" boot
	exec 7<"$Z/console"
	await 7 'up' >/dev/null
	exec 7<&-
}
is "$(up)" ok 'a zone that wants to say good-bye'
monitor=$(monitor_of "$Z")
kill -TERM "$monitor"
is "$(ended "$Z")" 'exited 7' 'its monitor is told to end: the zone is asked to'
ok 'and the monitor goes after it' gone "$monitor"
is "$(cat "$Z/state") $(tail -n 1 "$Z/log" | tr -d '\r')" 'halted bye' 'it was asked, so it is not restarted'

is "$(up)" ok 'the same'
monitor=$(monitor_of "$Z") init=$(pid_of "$Z") old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # two pids
unmount && gone $old
kill -TERM "$monitor"
ok 'without a daemon: zone and monitor end' gone "$init" "$monitor"
mount_tree
is "$(cat "$Z/state") $(tail -n 1 "$Z/log" | tr -d '\r')" 'halted bye' 'and the next daemon finds it halted'
finish
