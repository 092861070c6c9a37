#!/bin/sh
# Reading a small file.
. "${0%/*}/lib.sh"
bench_begin
ROUNDS=${ROUNDS:-15}
heading 'cat of a small file: open, read, close by one client; it and both servers on CPU 0 alone'
mkdir "$Z"
floor_start
pin 1 "$(daemon_pid)"
pin 1 "$floor_pid"
for _ in $(seq "$ROUNDS"); do
	taskset 1 "$BENCH/cat" "$Z/cpu.cap" 2000 >>"$(data cat)"
	taskset 1 "$BENCH/cat" "$TMP/floor/zones/a/cpu.cap" 2000 >>"$(data cat.floor)"
	(cd "$Z" && taskset 1 "$BENCH/cat" cpu.cap 2000) >>"$(data cat.in)"
	(cd "$TMP/floor/zones/a" && taskset 1 "$BENCH/cat" cpu.cap 2000) >>"$(data cat.in.floor)"
done
figure 'cat zones/a/cpu.cap' cat us 1 'minimal FUSE server' cat.floor 1.3
figure 'cat cpu.cap, in zones/a' cat.in us 1 'minimal FUSE server' cat.in.floor 1.3
