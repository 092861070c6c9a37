#!/bin/sh
# Swap, oom, pressure and disks: what is taken and refused, what the kernel has of it, and that each limit
# holds on a process that goes against it. Timed is only that a throttled write takes at least as long
# as its limit says.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"

# --- what is taken and refused ----------------------------------------------------------------

refused "$Z/cpu.baseline" 0 ERANGE
refused "$Z/cpu.baseline" 6401 ERANGE
refused "$Z/cpu.baseline" 5% EINVAL
accepted "$Z/cpu.baseline" 6400
accepted "$Z/cpu.baseline" max none
accepted "$Z/cpu.set" max none
accepted "$Z/io.max" max ''
accepted "$Z/cpu.burst_time" 31536000
refused "$Z/cpu.burst_time" 31536001 ERANGE
for v in none 1.5 -1; do refused "$Z/cpu.burst_time" "$v" 'EINVAL ERANGE'; done
accepted "$Z/cpu.burst_time" 0

memory=v2 # the version that has the controller
grep -q '^cgroup /[^ ]* cgroup .*\bmemory\b' /proc/mounts && memory=v1
put "$Z/memory.max" 64M >/dev/null
if [ "$(put "$Z/memory.swap" 1M)" = EOPNOTSUPP ]; then
	refused "$Z/memory.swap" 1M EOPNOTSUPP 'memsw|swap'
else
	accepted "$Z/memory.swap" 16M 16777216
	accepted "$Z/memory.swap" 0
	accepted "$Z/memory.swap" 1T 1099511627776
	refused "$Z/memory.swap" 1025T ERANGE
	for v in much 1.5G '1 M' -1; do refused "$Z/memory.swap" "$v" EINVAL; done
	if [ "$memory" = v1 ]; then
		accepted "$Z/memory.swap" 16M 16777216
		refused "$Z/memory.max" none EOPNOTSUPP 'v1.*memory.max'
	fi
	accepted "$Z/memory.swap" none
fi
put "$Z/memory.max" none >/dev/null

if [ "$(put "$Z/io.weight" 50)" = EOPNOTSUPP ]; then
	refused "$Z/io.weight" 50 EOPNOTSUPP 'BFQ|cost'
else
	for v in 1 10000; do accepted "$Z/io.weight" $v; done
	for v in 0 10001; do refused "$Z/io.weight" $v ERANGE; done
	refused "$Z/io.weight" none EINVAL
fi
accepted "$Z/io.weight" 100

# A disk, and a part of one
disk='' part=''
for d in /sys/block/*/dev; do
	[ "$(cat "${d%dev}size")" = 0 ] || disk=${disk:-$(cat "$d")}
	for p in "${d%/dev}"/*/partition; do [ ! -e "$p" ] || part=$(cat "${p%partition}dev"); done
done
if [ -z "$disk" ]; then
	skip 'no disk here' io.max
elif [ "$(put "$Z/io.max" "$disk rbps=1")" = EOPNOTSUPP ]; then
	refused "$Z/io.max" "$disk rbps=1" EOPNOTSUPP 'blkio|io'
else
	accepted "$Z/io.max" "$disk rbps=1M wiops=100" "$disk rbps=1048576 wiops=100"
	accepted "$Z/io.max" "$disk wiops=7 rbps=none wbps=max" "$disk wiops=7"
	for v in "$disk" 'sda rbps=1' '/srv/sda rbps=1' '1: rbps=1' "$disk speed=1" "$disk rbps" "$disk rbps=x" "$disk rbps=1
$disk wbps=1"; do
		refused "$Z/io.max" "$v" EINVAL MAJOR:MINOR
	done
	for v in "$disk rbps=0" "$disk rbps=1025T"; do refused "$Z/io.max" "$v" ERANGE; done
	refused "$Z/io.max" '4095:1048575 rbps=1' ENOENT 'no disk'
	[ -z "$part" ] || refused "$Z/io.max" "$part rbps=1" EINVAL 'part of a disk'
	name=/dev/$(sed -n 's/^DEVNAME=//p' "/sys/dev/block/$disk/uevent")
	if [ -b "$name" ]; then
		accepted "$Z/io.max" "$name rbps=1048576"
		refused "$Z/io.max" "$name rbps=1
$disk wbps=1" EINVAL 'are one disk'
	else
		skip "there is no $name" 'a disk by its path'
	fi
	refused "$Z/io.max" '/dev/nosuch rbps=1' ENOENT 'there is no disk /dev/nosuch'
	refused "$Z/io.max" '/dev/null rbps=1' EINVAL 'is no disk'
	before=$(cat "$Z/config")
	mkdir "$ZONES/b"
	ok 'config is copied with it' cp "$Z/config" "$ZONES/b/config"
	is "$(cat "$ZONES/b/config")" "$before" 'and makes them equal'
	accepted "$Z/io.max" none ''
fi

# --- a zone that does not run -----------------------------------------------------------------

is "$(cat "$Z/memory.peak" "$Z/memory.stat" "$Z/memory.events" "$Z/io.stat" | tr '\n' ' ')" '0 oom 0 oom_kill 0 ' 'counters of a halted zone'
for f in cpu memory io; do
	like "$(cat "$Z/$f.pressure")" '^some avg10=0.00 avg60=0.00 avg300=0.00 total=0$' "its $f.pressure"
done
is "$(stat -c %a "$Z/cpu.pressure" "$Z/memory.peak" "$Z/memory.events" "$Z/io.stat" | sort -u)" 444 'counters are read only'

# --- out of memory ----------------------------------------------------------------------------

hog="/bin/sh -c 'read x; head -c 300000000 /dev/zero | tail >/dev/null; echo rc=\$?; read x'"
put "$Z/init" "$hog" >/dev/null
put "$Z/memory.max" 64M >/dev/null
put "$Z/memory.swap" 0 >/dev/null
exec 9<"$Z/event"
put "$Z/ctl" boot >/dev/null
exec 8<"$Z/console"
pid=$(pid_of "$Z")
is "$(key "$Z/memory.events" oom_kill)" 0 'nobody was killed yet'
put "$Z/console" '
' >/dev/null
ok 'running out of memory is an event' await 9 ' oom.*\n'
await 8 'rc=137' >/dev/null
report $? 'who takes more is killed, the zone goes on'
among 1 "$(key "$Z/memory.events" oom_kill)" 9 'memory.events counts the killed'
# on v2 each attempt that found no memory counts (cgroup-v2.rst), however few are killed
ok 'and how often it came to that' test "$(key "$Z/memory.events" oom)" -ge 1
among 60000000 "$(cat "$Z/memory.peak")" 67108864 'memory.peak is at the limit'
among 1 "$(wc -l <"$Z/memory.stat")" 200 'memory.stat has the keys of the kernel'
if [ "$memory" = v1 ]; then
	is "$(cgroup_value "$pid" memory memory.memsw.limit_in_bytes)" 67108864 'swap is in the kernel'
	is "$(put "$Z/memory.swap" 16M) $(cgroup_value "$pid" memory memory.memsw.limit_in_bytes)" 'ok 83886080' 'live'
	is "$(put "$Z/memory.max" 32M) $(cgroup_value "$pid" memory memory.memsw.limit_in_bytes)" 'ok 50331648' 'it goes with memory.max'
	is "$(put "$Z/memory.max" 128M) $(cgroup_value "$pid" memory memory.memsw.limit_in_bytes)" 'ok 150994944' 'up, too'
else
	is "$(put "$Z/memory.swap" 16M) $(cgroup_value "$pid" memory memory.swap.max)" 'ok 16777216' 'swap is in the kernel, live'
fi
kills=$(key "$Z/memory.events" oom_kill)
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(key "$Z/memory.events" oom_kill)" "$kills" 'counts outlive the daemon'
put "$Z/ctl" halt >/dev/null
unlike "$(await 9 ' halted.*\n')" ' oom' 'and nothing is told twice'
# Process 1 itself: the event comes before its end
put "$Z/init" '/usr/bin/perl -e "my \$x = q(x) x 300000000; sleep 100"' >/dev/null
put "$Z/memory.max" 32M >/dev/null
exec 9<&-
exec 9<"$Z/event"
put "$Z/ctl" boot >/dev/null
ok 'process 1 killed for memory' await 9 ' oom.*\n' ' (halted|failed).*\n'
is "$(ended "$Z")" 'killed 9' 'is what its exit says'
put "$Z/config" 'memory.swap=none
memory.max=none' >/dev/null

# --- pressure ---------------------------------------------------------------------------------

put "$Z/init" '/bin/sh -c "(while :; do :; done) & while :; do :; done"' >/dev/null
put "$Z/cpu.cap" 20 >/dev/null
put "$Z/ctl" boot >/dev/null
for f in cpu memory io; do
	got=$(try read "$Z/$f.pressure")
	if [ "$got" = ok ]; then
		like "$(cat "$Z/$f.pressure")" '^some avg10=[0-9.]+ avg60=[0-9.]+ avg300=[0-9.]+ total=[0-9]+$' "$f.pressure as the kernel gives it"
	else
		is "$got" EOPNOTSUPP "$f.pressure is not to be had here"
	fi
done
put "$Z/ctl" halt >/dev/null
put "$Z/cpu.cap" none >/dev/null

# --- disks ------------------------------------------------------------------------------------

dev=$(stat -c '%Hd:%Ld' "$TMP/state") # where the zone's /root is
if [ ! -e "/sys/dev/block/$dev" ] || [ "$(put "$Z/io.max" "$dev wbps=1M")" != ok ]; then
	skip "the state directory's device $dev is no disk that can be limited" 'io.max'
else
	write='dd if=/dev/zero of=/root/x bs=64k count=32 oflag=direct 2>&1 && echo written'
	perl -MTime::HiRes=time -e 'printf "%.0f\n", 1000 * time' >"$TMP/from"
	like "$(inside "$Z" "$write")" '^written' 'a zone writes 2 MiB at 1 MiB a second'
	took=$(perl -MTime::HiRes=time -e 'printf "%.0f\n", 1000 * time - $ARGV[0]' "$(cat "$TMP/from")")
	among 1000 "$took" 60000 'which takes it more than a second'
	put "$Z/init" "/bin/sh -c 'dd if=/dev/zero of=/root/x bs=64k count=4 oflag=direct; read x'" >/dev/null
	put "$Z/io.weight" 300 >/dev/null
	put "$Z/ctl" boot >/dev/null
	exec 8<"$Z/console"
	grep -q copied "$Z/log" && tail -n 1 "$Z/log" | grep -q copied || await 8 copied >/dev/null
	pid=$(pid_of "$Z")
	like "$(cgroup_value "$pid" blkio blkio.throttle.write_bps_device io.max)" "^$dev .*1048576" 'it is in the kernel'
	like "$(cat "$Z/io.stat")" "^$dev rbytes=[0-9]+ wbytes=[1-9][0-9]* rios=[0-9]+ wios=[1-9]" 'io.stat counts it'
	is "$(put "$Z/io.max" "$dev riops=50")" ok 'another limit'
	unlike "$(cgroup_value "$pid" blkio blkio.throttle.write_bps_device io.max)" "^$dev .*1048576" 'takes the first away, live'
	like "$(cgroup_value "$pid" blkio blkio.throttle.read_iops_device io.max)" "^$dev .*50" 'and is in force'
	name=/dev/$(sed -n 's/^DEVNAME=//p' "/sys/dev/block/$dev/uevent")
	if [ -b "$name" ]; then
		is "$(put "$Z/io.max" "$name riops=60")$(cat "$Z/io.max")" "ok$name riops=60" 'a disk by its path, shown as it was written'
		like "$(cgroup_value "$pid" blkio blkio.throttle.read_iops_device io.max)" "^$dev .*60" 'is the same in the kernel'
	else
		skip "there is no $name" 'a disk by its path, shown as it was written'
		skip "there is no $name" 'is the same in the kernel'
	fi
	is "$(put "$Z/io.max" none)" ok 'none'
	is "$(cgroup_value "$pid" blkio blkio.throttle.read_iops_device io.max)" '' 'takes all away'
	if [ "$(cat "$Z/io.weight")" = 300 ]; then
		like "$(cgroup_value "$pid" blkio blkio.bfq.weight blkio.weight io.weight io.bfq.weight)" '300' 'io.weight is in the kernel'
		is "$(put "$Z/io.weight" 200) $(cgroup_value "$pid" blkio blkio.bfq.weight blkio.weight io.weight io.bfq.weight | sed 's/^default //')" 'ok 200' 'live'
	else
		skip "$(cat "$Z/error")" 'io.weight'
	fi
fi

# list: CPU% is of the last second while somebody looks, and costs nothing once nobody does
put "$Z/ctl" halt >/dev/null
work=600000
! emulated || work=60000
put "$Z/init" "/bin/sh -c 'while read x; do i=0; while [ \$i -lt $work ]; do i=\$((i+1)); done; echo done; done'" >/dev/null
put "$Z/cpu.cap" none >/dev/null
put "$Z/ctl" boot >/dev/null
exec 8<"$Z/console"
cpu_of_a() { awk '$1 == "a" { print $5 }' "$MNT/list"; }
wait_a_second() { perl -e 'select undef, undef, undef, 1.7'; }
cpu_of_a >/dev/null
wait_a_second
among 0 "$(cpu_of_a)" 10 'an idle zone uses nothing'
put "$Z/console" 'work
' >/dev/null
ok 'a zone works' await 8 '^done'
among 1 "$(cpu_of_a)" 100 'list tells what it uses'
usage=$(key "$Z/cpu.stat" usage_usec)
perl -e 'select undef, undef, undef, 0.5'
cpu_of_a >/dev/null # from now on it looks back no further than to the end of the work, be the timer late or not
wait_a_second
used=$(cpu_of_a) usage=$(($(key "$Z/cpu.stat" usage_usec) - usage))
among 0 "$used" $((5 + usage / 4500)) "of the last second: a while later it is nothing again, as cpu.stat says ($usage us)"

wakes() { # of the daemon in a second
	_d=$(daemon_pid)
	_a=$(awk '/^voluntary_ctxt/ { print $2 }' "/proc/$_d/status")
	perl -e 'select undef, undef, undef, 1'
	echo $(($(awk '/^voluntary_ctxt/ { print $2 }' "/proc/$_d/status") - _a))
}
for _ in $(seq 20); do # ten seconds after the last reading it stops
	wakes=$(wakes)
	[ "$wakes" -ne 0 ] || break
done
is "$wakes" 0 'once nobody reads it, nobody counts'

# A refused limit changes nothing, in the kernel neither
put "$Z/ctl" halt >/dev/null
put "$Z/init" /bin/cat >/dev/null
put "$Z/config" 'cpu.cap=50
cpu.baseline=20
memory.max=64M' >/dev/null
put "$Z/ctl" boot >/dev/null
pid=$(pid_of "$Z")
in_kernel() {
	cgroup_value "$pid" cpu cpu.max cpu.cfs_quota_us
	cgroup_value "$pid" memory memory.max memory.limit_in_bytes
}
before=$(in_kernel)
refused "$Z/config" 'cpu.cap=40
memory.max=128M
cpu.baseline=41' ERANGE
is "$(in_kernel)" "$before" 'a refused config changes nothing in the kernel'
is "$(put "$Z/config" 'cpu.baseline=41
cpu.cap=45')" ok 'in any order'
finish
