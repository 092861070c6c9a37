#!/bin/sh
# 1000 configured zones.
. "${0%/*}/lib.sh"
bench_begin
ROUNDS=${ROUNDS:-7}
heading '1000 configured zones; those who look and both servers on CPU 0 alone'
rows=$TMP/rows

grown() { # KEY
	_now=$(memory "$1" "$(daemon_pid)")
	_before=$(cat "$(data "before.$1")")
	echo "daemon, $1: $_before KiB without zones, $_now KiB with 1000, $((_now - _before)) KiB for 1000 zones; minimal FUSE server $(memory "$1" "$floor_pid") KiB"
}

look() { # WHAT OURS-DIR FLOOR-DIR
	for _ in $(seq "$ROUNDS"); do
		taskset 1 "$BENCH/batch" 1 1 ls "$1" "$2" 2>/dev/null >>"$(data "ls$1")"
		taskset 1 "$BENCH/batch" 1 1 ls "$1" "$3" 2>/dev/null >>"$(data "ls$1.floor")"
	done
	figure "ls $1" "ls$1" ms 1000 'minimal FUSE server' "ls$1.floor"
}

floor_start
for k in Rss Pss; do memory $k "$(daemon_pid)" >"$(data before.$k)"; done
mkdir "$Z"
size=$(settings_size)
rmdir "$Z"
for i in $(seq 0 100 900); do
	# shellcheck disable=SC2046  # 100 names
	"$BENCH/batch" 1 1 mkdir $(seq -f "$ZONES/z%04.0f" $((i + 1)) $((i + 100))) >>"$(data mkdir)"
	"$BENCH/durable" "$TMP" "$size" 100 >>"$rows"
	awk '{ n += $2 } END { print n }' "$rows" >>"$(data mkdir.disk)"
	rm "$rows"
done
figure 'mkdir of a zone' mkdir ms 100000 'write, fsync, rename, fsync of the directory' mkdir.disk
pin 1 "$(daemon_pid)"
pin 1 "$floor_pid"
for _ in $(seq "$ROUNDS"); do
	taskset 1 "$BENCH/stat" "$ZONES" 1000 3 >>"$(data stat)"
	taskset 1 "$BENCH/stat" "$TMP/floor/zones" 1000 3 >>"$(data stat.floor)"
done
figure 'stat of a zone' stat us 1 'minimal FUSE server' stat.floor
look -f "$ZONES" "$TMP/floor/zones"
look -l "$ZONES" "$TMP/floor/zones"
grown Rss
grown Pss
forget_all
