#!/bin/sh
# As a service with a delegated control group, all is below that group, and zones outlive it. From a login, and
# as any other service, zones are in groups that its end does not take along.
. "$(dirname "$0")/lib.sh"
setup
unit=$CG.unit top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
ok 'umount' unmount
CG=$unit/zones Z=$ZONES/a
group_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
was=$(group_of $$)
if [ -n "$top" ]; then
	mkdir "$top/$unit"
	echo $$ >"$top/$unit/cgroup.procs"
fi
ok 'mount below a group of one'"'"'s own' mount_tree || diag "$(cat "$TMP/mount.out")"
mkdir "$Z"
put "$Z/cpu.cap" 30 >/dev/null
put "$Z/init" /bin/sh >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a zone boots' || diag "$(cat "$Z/error")"
pid=$(pid_of "$Z")
id=$(key "$Z/status" id)
outside() { awk -F: -v g="/$CG/$id" '$2 ~ /^((cpu|cpuacct|memory|pids|freezer|blkio),?)*$/ && index($3 "/", g "/") != 1' "/proc/$1/cgroup"; }
is "$(outside "$pid")" '' 'in groups below it, in each hierarchy'
like "$(cgroup_value "$pid" cpu cpu.cfs_quota_us cpu.max)" '^30000' 'with its limits'
if [ -n "$top" ]; then
	is "$(group_of "$(helper_pid)") $(group_of "$(daemon_pid)")" "/$unit/mount.zones /$unit/mount.zones" 'the helper and the daemon have moved aside'
	is "$(cat "$top/$unit/cgroup.procs")" '' 'and the group lets its controllers through'
else
	skip 'no cgroup2 mount' 'the helper moves aside'
fi
helper=$(helper_pid)
is "$(head -n 1 "$TMP/run/lock")" "$helper" 'its PIDFile= tells the helper'
ok 'the service stops' unmount
ok 'with its processes' gone "$helper"
ok 'the zone goes on' [ -d "/proc/$pid" ]
ok 'it starts again' mount_tree
is "$(cat "$Z/state") $(pid_of "$Z") $(cat "$Z/cpu.cap")" "running $pid 30" 'and finds the zone'
put "$Z/ctl" halt >/dev/null
[ -z "$top" ] || echo $$ >"$top$was/cgroup.procs"
if command -v systemd-analyze >/dev/null; then
	# the manual pages and the program need not be installed
	is "$(systemd-analyze verify --man=no "${HERE%/tests/tree}"/systemd/*.service 2>&1 | grep -v 'is not executable')" '' 'systemd takes the units'
else
	skip 'no systemd here' 'systemd takes the units'
fi
pids="$(helper_pid) $(daemon_pid)"
ok 'umount' unmount
# shellcheck disable=SC2086  # several pids
gone $pids
ok 'no group is left' [ -z "$(groups_left)" ]
is "$(find /sys/fs/cgroup -maxdepth 2 -name "$unit")$(own_groups)" '' 'nor one above them'
CG=${unit%.unit}

# From a login, whose end must take nothing of ours along: in all hierarchies by which ends are counted
tops="$top $(awk '$3 == "cgroup" && $4 ~ /name=systemd/ { print $2; exit }' /proc/mounts)"
login() { # GROUP: where we are, there
	for t in $tops; do
		mkdir -p "$t$1" && echo $$ >"$t$1/cgroup.procs"
	done
}
# shellcheck disable=SC2013  # lines without blanks
groups_of() { for p; do sed -n 's/^\(0:\|.*name=systemd\):*//p' "/proc/$p/cgroup"; done | sort -u | xargs; }
monitor_of() { awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$1")/status"; }
if [ -n "$top" ]; then
	login "/$CG.login"
	ok 'mount from a login' mount_tree || diag "$(cat "$TMP/mount.out")"
	is "$(groups_of "$(helper_pid)" "$(daemon_pid)")" "/mount.$CG" 'helper and daemon have left its group'
	is "$(put "$Z/ctl" boot) $(groups_of "$(monitor_of "$Z")")" "ok /mount.$CG" 'a monitor is not in it, either'
	unlike "$(cat "/proc/$(pid_of "$Z")/cgroup")" "/$CG.login" 'nor a zone'
	put "$Z/ctl" halt >/dev/null
	pids="$(helper_pid) $(daemon_pid)"
	ok 'umount' unmount
	# shellcheck disable=SC2086  # several pids
	gone $pids
	is "$(own_groups)" '' 'and the group is gone'

	# As a service: that is the daemon's place, but not the zones'
	timeout 30 sh -c 'SYSTEMD_EXEC_PID=$$ exec "$@"' sh "$WARREN_BUILD/mount.warren" warren "$MNT" \
		-o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null
	report $? 'mount as a service'
	is "$(groups_of "$(helper_pid)" "$(daemon_pid)")" "/$CG.login" 'helper and daemon are in its group'
	is "$(put "$Z/ctl" boot) $(groups_of "$(monitor_of "$Z")")" "ok /mount.$CG" 'a monitor is not'
	unlike "$(cat "/proc/$(pid_of "$Z")/cgroup")" "/$CG.login" 'nor a zone'
	pids="$(helper_pid) $(daemon_pid)" monitor=$(monitor_of "$Z") init=$(pid_of "$Z")
	ok 'umount' unmount
	# shellcheck disable=SC2086  # several pids
	gone $pids
	left=
	while read -r p; do [ "$p" = $$ ] || left="$left $p"; done <"$top/$CG.login/cgroup.procs"
	is "$left" '' 'nothing of ours is left in it'
	kill -9 "$init"
	kill -TERM "$monitor"
	gone "$monitor"
	login ''
	for t in $tops; do rmdir "$t/$CG.login"; done
else
	skip 'no cgroup2 mount' 'groups of our own'
fi
mount_tree
finish
