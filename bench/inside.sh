#!/bin/sh
# Work inside a zone beside the same work outside, and beside it under a filter of system calls that
# allows everything, the least that any filter costs.
. "${0%/*}/lib.sh"
bench_begin
ROUNDS=${ROUNDS:-30}
heading 'Work inside a zone, one process on CPU 0'
boot "$Z"
install_into "$Z" "$BENCH/work"
outside() { "$BENCH/work" >>"$(data outside)"; }
filter() { "$BENCH/work" filter >>"$(data filter)"; }
inside_it() { inside_zone "$Z" /root/work >>"$(data inside)"; }
for _ in $(seq "$ROUNDS"); do # each comes first, second and third as often
	outside && inside_it && filter
	inside_it && filter && outside
	filter && outside && inside_it
done
i=0
while read -r what unit divisor; do
	i=$((i + 1))
	figure "$what" inside:$i "$unit" "$divisor" outside outside:$i 1.02
	figure "$what" inside:$i "$unit" "$divisor" 'outside with an empty filter' filter:$i
done <<END
arithmetic ns 1
getppid ns 1
4_KiB_through_a_pipe us 1000
open_fstat_close us 1000
read_64_KiB_of_/usr us 1000
TCP_request_and_answer us 1000
TCP_64_KiB us 1000
END
