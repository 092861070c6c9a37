#!/bin/sh
# From the start of a zone to init's first instruction, and gone without a trace, beside the peers: 100
# one after another, and 50 at once. A zone's settings and private files are there before and after; a
# peer's root and configuration, too.
. "${0%/*}/lib.sh"
. "${0%/*}/peers.inc"
bench_begin
ROUNDS=${ROUNDS:-3}
heading 'Boot, one instruction, gone: /usr/bin/true as process 1'
peers_make
found=$(peers_found)
for i in $(seq 0 49); do
	mkdir "$ZONES/z$i" && put "$ZONES/z$i/init" /usr/bin/true >/dev/null
done
ours() { "$BENCH/batch" "$1" "$2" "$BENCH/zone_once" "$3" 2>"$TMP/ours.err"; }
ours 50 50 "$ZONES/z%" >/dev/null # makes their private files
for _ in $(seq "$ROUNDS"); do
	ours 100 1 "$ZONES/z0" >>"$(data row)"
	for p in $found; do peer_batch "$p" 100 1 >>"$(data "row.$p")"; done
	ours 50 50 "$ZONES/z%" >>"$(data once)"
	for p in $found; do peer_batch "$p" 50 50 >>"$(data "once.$p")"; done
done
for p in $found; do figure '100 in a row, each' row ms 1000 "$p" "row.$p" 1; done
for p in $found; do figure '50 at once, each' once ms 1000 "$p" "once.$p" 1; done
