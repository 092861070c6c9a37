#!/bin/sh
# memory.swap holds: a zone has that much beside memory.max, and who wants more is killed.
. "$(dirname "$0")/lib.sh"
[ "$(wc -l </proc/swaps)" -gt 1 ] || skip_all 'this host has no swap'
setup
Z=$ZONES/a
mkdir "$Z"
[ "$(put "$Z/memory.max" 32M)$(put "$Z/memory.swap" 32M)" = okok ] || {
	why=$(cat "$Z/error")
	put "$Z/memory.max" none >/dev/null
	skip "$why" 'memory.swap'
	finish
}
# Takes N MiB of memory, one after the other, and says so at the end
HOG='my $n = shift; my @m = map { "x" x 1048576 } 1 .. $n; print "took $n\n"'
hog() { # MIB: its end, in a zone that stays
	mkdir "$Z/exec/h"
	put "$Z/exec/h/env" "HOG=$HOG" >/dev/null
	put "$Z/exec/h/cmd" "exec perl -e \"\$HOG\" $1" >/dev/null
	_how=$(timeout 300 cat "$Z/exec/h/wait")
	echo "$(cat "$Z/exec/h/stdout") ${_how:-timed out}"
	rmdir "$Z/exec/h"
}
killed() { key "$Z/memory.events" oom_kill; }

is "$(put "$Z/ctl" boot)" ok 'a zone with 32M and as much of swap' || diag "$(cat "$Z/error")"
is "$(hog 8)" 'took 8 exited 0' 'what memory.max allows it has'
is "$(hog 44) $(killed)" 'took 44 exited 0 0' 'more of it by swapping'
is "$(hog 96)" ' killed 9' 'more than both together kills it'
among 1 "$(killed)" 9 'which is counted'

is "$(put "$Z/memory.swap" 0)" ok 'live: no swap' || diag "$(cat "$Z/error")"
is "$(hog 44)" ' killed 9' 'what it had before kills it now'
is "$(hog 8)" 'took 8 exited 0' 'the zone goes on'
is "$(put "$Z/memory.swap" 96M)" ok 'live: much swap' || diag "$(cat "$Z/error")"
is "$(hog 96)" 'took 96 exited 0' 'and what was too much is taken'

# What is swapped out already stays where it is, the limit holds for what comes
is "$(put "$Z/memory.swap" 0) $(put "$Z/ctl" halt)" 'ok ok' 'no swap again, and the end'
finish
