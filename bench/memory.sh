#!/bin/sh
# What a running zone's monitor holds.
. "${0%/*}/lib.sh"
bench_begin
heading 'A monitor: private memory, of 10 running zones'
pauses=
for i in 0 1 2 3 4 5 6 7 8 9; do
	boot "$ZONES/m$i"
	"$BENCH/clone_floor" pause &
	pauses="$pauses $!"
done
for i in 0 1 2 3 4 5 6 7 8 9; do
	monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$ZONES/m$i")/status")
	echo "$(memory 'Private_(Clean|Dirty)' "$monitor") $(memory Pss "$monitor")" >>"$(data monitor)"
done
for p in $pauses; do
	echo "$(memory 'Private_(Clean|Dirty)' "$p") $(memory Pss "$p")" >>"$(data pause)"
done
figure 'a monitor, private' monitor KiB 1 'a static program that only waits' pause
figure 'a monitor, Pss' monitor:2 KiB 1 'a static program that only waits' pause:2
at_most 'a monitor, private' "$(median monitor)" KiB 1024
