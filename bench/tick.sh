#!/bin/sh
# What the daemon takes for 1000 running zones: without a baseline, with one and idle, and all above it. Above
# the least baseline a thousand zones would use ten CPUs: BUSY are busy, and the others' counters of CPU time
# are those of the busy ones, by bind mounts over the kernel's files. What the daemon reads is the kernel's,
# and the machine of each zone counts what it counts in a burst.
[ -n "${TICK_APART-}" ] || exec env TICK_APART=1 unshare -m sh "$0"
# trees of others, which would not end with their own umount
# shellcheck disable=SC2046  # several mounts
umount -l $(awk '/ - fuse\.warren / { print $5 }' /proc/self/mountinfo) 2>/dev/null
. "${0%/*}/lib.sh"
bench_begin
N=${N:-1000}
BUSY=20 CAP=2 # 40 % of one CPU together
heading "The daemon's CPU time with $N running zones, over 10 s"
daemon=$(daemon_pid)
cost() { sleep 1 && "$BENCH/rate" 10 "/proc/$daemon/schedstat"; }
zones() { seq -f "$ZONES/z%.0f" "$1"; }
counter() { # ID: the file that the daemon reads at each look
	_parent=$(dirname "$(bare_dir x cpuacct)")/$CG
	[ -e "$_parent/$1/cpuacct.usage" ] && echo "$_parent/$1/cpuacct.usage" || echo "$_parent/$1/cpu.stat"
}

lend() { # to all but the busy
	zones $BUSY | while read -r _z; do counter "$(key "$_z/status" id)"; done >"$TMP/lenders"
	zones "$N" | tail -n "+$((BUSY + 1))" | while read -r _z; do counter "$(key "$_z/status" id)"; done >"$TMP/lent"
	awk 'NR == FNR { from[n++] = $0; next } { print from[FNR % n], $0 }' "$TMP/lenders" "$TMP/lent" |
		while read -r _from _to; do mount -n --bind "$_from" "$_to" || exit 1; done
}
give_back() { xargs umount -n -l <"$TMP/lent"; } # the daemon has them open
on_end=give_back

none=$(cost)
for z in $(zones "$N"); do
	mkdir "$z" && echo boot >"$z/ctl" || exit 1
done
bare=$(cost)
for z in $(zones "$N"); do printf 'cpu.cap=%d\ncpu.burst_time=3600\ncpu.baseline=1\n' $CAP >"$z/config"; done
idle=$(cost)
for z in $(zones "$N"); do echo none >"$z/cpu.baseline"; done
for z in $(zones "$BUSY"); do
	mkdir "$z/exec/busy" && loops >"$z/exec/busy/cmd" || exit 1
done
lend || exit 1
for z in $(zones "$N"); do echo 1 >"$z/cpu.baseline"; done
sleep 3
above=$(for z in $(zones "$N"); do key "$z/cpu.stat" bursting_sec; done | awk '$1 > 1 { n++ } END { print n + 0 }')
busy=$(cost)
echo "without zones $none %, with $N zones without a baseline $bare %"
at_most "$N zones with a baseline, idle" "$idle" '% of one CPU' 2
at_most "$above of $N zones above it all the time" "$busy" '% of one CPU' 2
[ "$above" = "$N" ] || echo "not all are above their baseline: no verdict"
give_back
on_end=
echo halt-all >"$MNT/ctl"
forget_all
