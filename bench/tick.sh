#!/bin/sh
# What the daemon takes for 1000 running zones: without a baseline, with one and idle, and, from a few
# that are above it all the time, what it would take if all were: the zones of this machine can't be.
. "${0%/*}/lib.sh"
bench_begin
N=${N:-1000}
BUSY=40 # at 2 % each, so that they fit on one CPU
heading "The daemon's CPU time with $N running zones, over 10 s"
daemon=$(daemon_pid)
cost() { sleep 1 && "$BENCH/rate" 10 "/proc/$daemon/schedstat"; }
zones() { seq -f "$ZONES/z%.0f" "$1"; }

none=$(cost)
for z in $(zones "$N"); do
	mkdir "$z" && echo boot >"$z/ctl" || exit 1
done
bare=$(cost)
for z in $(zones "$N"); do printf 'cpu.cap=2\ncpu.baseline=1\ncpu.burst_time=3600\n' >"$z/config"; done
idle=$(cost)
for z in $(zones "$BUSY"); do
	mkdir "$z/exec/busy" && loops >"$z/exec/busy/cmd" || exit 1
done
busy=$(cost)
echo "without zones $none %, with $N zones without a baseline $bare %"
at_most "$N zones with a baseline, idle" "$idle" '% of one CPU' 2
at_most "$N zones above it all the time, from $BUSY" \
	"$(echo "$idle $busy" | awk -v n="$N" -v b="$BUSY" '{ print ($2 - $1 * (n - b) / n) * n / b }')" '% of one CPU' 2
echo halt-all >"$MNT/ctl"
forget_all
