#!/bin/sh
# As a service with a delegated control group: everything below that group, and zones outlive it.
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
	is "$(group_of "$(helper_pid)") $(group_of "$(daemon_pid)")" "/$unit/mount.warren /$unit/mount.warren" 'the helper and the daemon have moved aside'
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
[ -z "$top" ] || rmdir "$top/$unit/mount.warren" "$top/$unit"
is "$(find /sys/fs/cgroup -maxdepth 2 -name "$unit")" '' 'nor one above them'
CG=${unit%.unit}
mount_tree
finish
