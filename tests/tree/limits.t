#!/bin/sh
# Limits are in force: in the kernel's files of the zone's control group, and on what it does.
# This is the only script that measures over time: 2 s for each share of the CPU.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a Y=$ZONES/b
mkdir "$Z" "$Y"
busy='/bin/sh -c "while :; do :; done"'

# percent DIR...: of one CPU that each used in the same 2 s
percent() {
	perl -MTime::HiRes=time -e '
		sub used { map { open my $f, "<", "$_/cpu.stat" or die; my ($u) = map { /^usage_usec (\d+)/ } <$f>; $u } @ARGV }
		my ($t, @a) = (time, used());
		select undef, undef, undef, 2;
		my ($s, @b) = (time, used());
		print join(" ", map { int(($b[$_] - $a[$_]) / ($s - $t) / 1e4) } 0 .. $#a), "\n"' -- "$@"
}
# held LOW DIR HIGH DESCRIPTION: too little may be the fault of what else runs here, so it is measured
# again then, and where nothing was left for it, nothing is said; too much is never excused
idle_ticks() { awk '$1 == "cpu" { print $5 + $6 }' /proc/stat; }
held() {
	for _ in 1 2 3 4; do
		_idle=$(idle_ticks)
		_used=$(percent "$2")
		_idle=$(($(idle_ticks) - _idle))
		[ "$_used" -ge "$1" ] && break
	done
	if [ "$_used" -lt "$1" ] && [ "$_idle" -lt 20 ]; then
		skip "other programs want the CPUs: it got $_used %" "$4"
	else
		among "$1" "$_used" "$3" "$4"
	fi
}
# The cap in the kernel, in percent of one CPU
quota() {
	q=$(cgroup_value "$1" cpu cpu.max cpu.cfs_quota_us)
	case $q in
	*' '*) echo "$q" | awk '{ print $1 == "max" ? "none" : 100 * $1 / $2 }' ;;
	-1) echo none ;;
	*) echo "$q $(cgroup_value "$1" cpu cpu.cfs_period_us)" | awk '{ print 100 * $1 / $2 }' ;;
	esac
}
weight() { # 100 shares are 1024 on v1 and 100 on v2; shown in shares
	w=$(cgroup_value "$1" cpu cpu.weight cpu.shares)
	case $(key "$MNT/host" cgroup) in v2) echo "$w" ;; *) echo $((w * 100 / 1024)) ;; esac
}

# The cap
put "$Z/init" "$busy" >/dev/null
put "$Z/cpu.cap" 50 >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a busy zone with cap 50 boots'
pid=$(pid_of "$Z")
is "$(quota "$pid")" 50 'the cap is in the kernel'
held 30 "$Z" 70 'and on the zone: about 50 %'
like "$(cut -d' ' -f1 "$Z/cpu.stat" | tr '\n' ' ')" '^usage_usec user_usec system_usec nr_periods nr_throttled throttled_usec ' 'cpu.stat has its keys'
like "$(grep '^a ' "$MNT/list" | tr -s ' ')" "^a zone running $pid [0-9.]+ 50 100 [0-9.]+[KMGT]? " 'list shows cap and shares'
is "$(put "$Z/cpu.cap" 20) $(quota "$pid")" 'ok 20' 'a new cap is in force when the write has returned'
held 10 "$Z" 30 'and on the zone: about 20 %'
among 1 "$(key "$Z/cpu.stat" nr_throttled)" 1000000 'cpu.stat counts the throttling'
is "$(put "$Z/cpu.cap" 12x) $(quota "$pid")" 'EINVAL 20' 'a refused one is not'
is "$(put "$Z/cpu.cap" none) $(quota "$pid")" 'ok none' 'none is none'
held 45 "$Z" 110 'and lets it go'
is "$(put "$Z/cpu.cap" 6400) $(quota "$pid")" 'ok 6400' 'the largest'
is "$(put "$Z/cpu.cap" 1) $(quota "$pid")" 'ok 1' 'the smallest'
is "$(put "$Z/cpu.cap" 250) $(quota "$pid")" 'ok 250' 'more than one CPU'
put "$Z/cpu.cap" none >/dev/null

# Shares, 3 to 1 on one CPU, each of them pinned to it
is "$(weight "$pid")" 100 '100 shares are in the kernel'
is "$(put "$Z/cpu.shares" 300) $(weight "$pid")" 'ok 300' '300 too, live'
put "$Y/init" "$busy" >/dev/null
put "$Y/ctl" boot >/dev/null
if [ "$(put "$Z/cpu.set" 0)$(put "$Y/cpu.set" 0)" = okok ]; then
	is "$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status")" 0 'cpu.set is in force, live'
	got=$(percent "$Z" "$Y")
	# shellcheck disable=SC2086  # two numbers
	among 180 "$(set -- $got && echo $((100 * $1 / ($2 + 1))))" 450 '300 shares get about three times as much as 100'
	is "$(put "$Z/cpu.set" none)$(put "$Y/cpu.set" none)" okok 'cpu.set none'
	is "$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$pid/status")" \
		"$(cpus_allowed)" 'lets it on all CPUs again'
else
	skip "no cpuset here: $(cat "$Z/error")" 'cpu.set'
fi

# Entitlement: shares over those of all that run, times the CPUs, not over the cap
cpus=$(key "$MNT/host" cpus)
is "$(cat "$Z/cpu.entitlement") $(cat "$Y/cpu.entitlement")" "$((75 * cpus)) $((25 * cpus))" 'entitlement of 300 and 100 shares'
put "$Z/cpu.cap" 40 >/dev/null
is "$(cat "$Z/cpu.entitlement")" 40 'not over the cap'
put "$Y/ctl" halt >/dev/null
put "$Z/cpu.cap" none >/dev/null
is "$(cat "$Z/cpu.entitlement")" $((100 * cpus)) 'alone, a zone is guaranteed all'

# 0 shares: runs when nobody else wants the CPU
is "$(put "$Z/cpu.shares" 0)" ok '0 shares'
idle=$(cgroup_value "$pid" cpu cpu.idle)
case $idle in
no*) among 0 "$(weight "$pid")" 1 'the smallest weight' ;;
*) is "$idle" 1 'an idle group' ;;
esac
# Alone as well, when all of warren's want the CPU only then: a process of the host's goes first
if [ "$(put "$Z/cpu.set" 0)" = ok ] && [ "$idle" = 1 ]; then
	taskset -c 0 sh -c 'while :; do :; done' &
	host=$!
	among 0 "$(percent "$Z")" 15 'beside a busy process of the host it gets next to nothing'
	kill $host
	wait $host 2>/dev/null
	put "$Z/cpu.set" none >/dev/null
else
	skip 'no cpuset, or no idle groups' 'beside a busy process of the host'
fi
is "$(put "$Z/cpu.shares" 100) $(weight "$pid")" 'ok 100' 'and back'
put "$Z/ctl" halt >/dev/null

# pids.max: the eighth fork fails inside
put "$Z/pids.max" 8 >/dev/null
forks=$(inside "$Z" 'i=0; while [ $i -lt 30 ]; do sleep 1000 & i=$((i+1)); echo forked; done')
among 1 "$(echo "$forks" | grep -c '^forked')" 8 'pids.max holds inside'
put "$Z/init" "/bin/sh -c 'sleep 1000 & sleep 1000 & read x'" >/dev/null
put "$Z/ctl" boot >/dev/null
pid=$(pid_of "$Z")
is "$(cgroup_value "$pid" pids pids.max)" 8 'it is in the kernel'
among 1 "$(cat "$Z/pids.current")" 8 'pids.current counts'
is "$(put "$Z/pids.max" 20) $(cgroup_value "$pid" pids pids.max)" 'ok 20' 'live'
is "$(put "$Z/pids.max" none) $(cgroup_value "$pid" pids pids.max)" 'ok max' 'none'

# memory.max
memory() { cgroup_value "$pid" memory memory.max memory.limit_in_bytes; }
is "$(put "$Z/memory.max" 64M) $(memory)" 'ok 67108864' 'memory.max is in the kernel'
among 4096 "$(cat "$Z/memory.current")" 67108864 'memory.current counts'
put "$Z/ctl" halt >/dev/null
swapless=$(put "$Z/memory.swap" 0)
hog=$(inside "$Z" 'head -c 300000000 /dev/zero | tail >/dev/null; echo rc=$?')
if [ "$swapless" = ok ] || [ "$(wc -l </proc/swaps)" -eq 1 ]; then
	like "$hog" '^rc=137' 'who takes more is killed'
else
	skip 'with swap it would be swapped' 'who takes more is killed'
fi
put "$Z/memory.swap" none >/dev/null
is "$(put "$Z/memory.max" none)" ok 'and back'
like "$(inside "$Z" 'head -c 100000000 /dev/zero | tail >/dev/null; echo rc=$?')" '^rc=0' 'without a limit it is not'

# A VM is no other
if qemu=$(command -v "qemu-system-$(uname -m)") && [ -e "$WARREN_BUILD/guests/hello" ]; then
	V=$VMS/v
	mkdir "$V"
	put "$V/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=spin
cpu.cap=50" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a VM whose guest spins' || diag "$(cat "$V/error")"
	pid=$(pid_of "$V")
	is "$(quota "$pid")" 50 'its cap is in the kernel'
	exec 7<"$V/console"
	grep -q 'tick 3' "$V/log" || await 7 'tick 3' >/dev/null # it spins then
	held 30 "$V" 70 'and on the guest: about 50 %'
	is "$(put "$V/cpu.cap" 20) $(quota "$pid")" 'ok 20' 'live'
	held 10 "$V" 30 'about 20 %'
	is "$(put "$V/cpu.shares" 200) $(weight "$pid")" 'ok 200' 'shares too'
else
	skip "${qemu:-no QEMU}: no guest to run" 'limits on a VM'
fi
finish
