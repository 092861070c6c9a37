#!/bin/sh
# As the host goes down: SIGTERM comes to all, and each zone is asked to end, be there a daemon or none.
# In namespaces of our own, as mount.warren --shutdown ends all zones that it sees.
if [ -z "${WARREN_DOWN-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_DOWN=1 unshare -m -p --fork --mount-proc sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
alone() { [ $$ = 1 ] && ! grep -F ' - fuse.warren ' /proc/self/mountinfo; }
[ "$(id -u)" -ne 0 ] || until alone >/dev/null; do
	umount -l "$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - fuse.warren .*/\1/p' /proc/self/mountinfo | tail -n 1)" || exit 1
done
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

# mount.warren --shutdown: a tree that is mounted, and one that is not
B=$TMP/b
mkdir "$B" "$B/mnt"
mount_b() { timeout 30 "$WARREN_BUILD/mount.warren" warren "$B/mnt" -o "state=$B/state,run=$B/run,cgroup=$CG.b" >/dev/null 2>&1 </dev/null; }
ok 'another tree' mount_b
Y=$B/mnt/zones/b
mkdir "$Y"
put "$Y/init" "$(cat "$Z/init")" >/dev/null
MNT=$B/mnt
old="$(helper_pid) $(daemon_pid)"
MNT=$TMP/mnt
is "$(up)" ok 'a zone here'
real=$Z Z=$Y
is "$(up)" ok 'a zone there'
Z=$real
monitor=$(monitor_of "$Y") init=$(pid_of "$Y")
umount "$B/mnt"
# shellcheck disable=SC2086  # two pids
ok 'whose tree is unmounted' gone $old
# one that waits to be booted again
mkdir "$ZONES/c"
put "$ZONES/c/init" /bin/false >/dev/null
put "$ZONES/c/restart" always >/dev/null
put "$ZONES/c/ctl" boot >/dev/null
ended "$ZONES/c" >/dev/null
alone | grep -v " $MNT " && exit 1
timeout 60 "$WARREN_BUILD/mount.warren" --shutdown
report $? 'mount.warren --shutdown'
is "$(cat "$Z/state") $(key "$Z/status" exit)" 'halted exited 7' 'ends the zones of the tree'
is "$(key "$ZONES/c/status" restart_in)" - 'and those that wait'
ok 'and the other' gone "$monitor" "$init"
ok 'the other tree finds it so' mount_b
is "$(cat "$Y/state") $(tail -n 1 "$Y/log" | tr -d '\r')" 'halted bye' 'ended in order'
MNT=$B/mnt
old="$(helper_pid) $(daemon_pid)"
MNT=$TMP/mnt
umount "$B/mnt"
# shellcheck disable=SC2086  # two pids
ok 'umount there' gone $old
finish
