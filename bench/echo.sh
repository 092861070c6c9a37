#!/bin/sh
# Changing a limit.
. "${0%/*}/lib.sh"
bench_begin
ROUNDS=${ROUNDS:-10}
heading 'echo into the cpu.cap of a running zone: in force and on disk when the write has returned'

boot "$Z"
bare_make quota 50
quota=$(bare_dir quota cpu)/cpu.cfs_quota_us
[ -e "$quota" ] || quota=${quota%/*}/cpu.max
size=$(settings_size)
for _ in $(seq "$ROUNDS"); do
	"$BENCH/write" "$Z/cpu.cap" 10 50 60 >>"$(data cap)"
	"$BENCH/write" "$quota" 10 50000 60000 >>"$(data quota)"
	"$BENCH/durable" "$TMP" "$size" 10 >>"$(data disk)"
done
figure 'echo > cpu.cap' cap ms 1000 'writing the cgroup file' quota
figure 'echo > cpu.cap' cap ms 1000 'write, fsync, rename on the same disk' disk
figure 'echo > cpu.cap' cap ms 1000 'the same, and fsync of the directory' disk:2
