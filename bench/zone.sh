#!/bin/sh
# A zone that is booted and halted, beside the least that the kernel takes for its namespaces, and crun.
. "${0%/*}/lib.sh"
. "${0%/*}/peers.inc"
bench_begin
ROUNDS=${ROUNDS:-80}
heading 'A zone: each until its write has returned; clone3 until the program is in its main'
peers_make
crun="crun --root $peer/state"
crun_once() {
	# shellcheck disable=SC2086  # several words
	_boot=$(apart "$BENCH/batch" 1 1 $crun run -d -b "$peer/up" "$CG.up" </dev/null) &&
		_halt=$(apart "$BENCH/batch" 1 1 $crun delete -f "$CG.up") && echo "$_boot $_halt"
}
found=
if have crun; then
	crun_once 2>"$TMP/crun.err" >/dev/null && found=crun ||
		echo "crun does not run here: $(tail -n 1 "$TMP/crun.err")"
fi
mkdir "$Z"
"$BENCH/zone_boot" "$Z/ctl" 3 >/dev/null
for _ in $(seq "$ROUNDS"); do
	"$BENCH/zone_boot" "$Z/ctl" 1 >>"$(data zone)"
	"$BENCH/clone_floor" 1 >>"$(data clone)"
	[ -z "$found" ] || crun_once 2>/dev/null >>"$(data crun)"
done
figure 'boot a zone' zone ms 1000 'clone3 with its namespaces + exec' clone 1.5
figure 'halt a zone' zone:2 ms 1000 'kill and wait' clone:2
[ -z "$found" ] || figure 'boot a zone' zone ms 1000 'crun run -d' crun 1
[ -z "$found" ] || figure 'halt a zone' zone:2 ms 1000 'crun delete -f' crun:2 1
