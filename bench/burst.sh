#!/bin/sh
# Bursting on a real zone and a real VM beside the reference: constant load that has been above the
# baseline when the baseline is set, so it is throttled after burst_time, released after as long again,
# and so on (cpu-caps.md: constant heavy load is a square wave).
. "${0%/*}/lib.sh"
bench_begin
heading 'Bursting: cap 100, baseline 5, burst time 3, both busy on CPU 0'

# EVENT-FILE CONFIG: sets the baseline; prints the seconds from then to each of the turns
turns() {
	perl -MTime::HiRes=time -e '
		alarm 60;
		open my $e, "<", $ARGV[0] or die;
		open my $c, ">", $ARGV[1] or die;
		syswrite $c, "cpu.cap=100\ncpu.baseline=5\ncpu.burst_time=3\n" or die "config: $!\n";
		my ($begin, $text, @at) = (time, "");
		for my $want (qw(throttled released throttled released)) {
			until ($text =~ s/^.*? $want( [^\n]*)?\n//s) {
				sysread $e, $text, 65536, length $text or die "end of events\n";
			}
			printf "%.3f\n", time - $begin;
		}' "$1/event" "$1/config"
}

boot "$Z" "init=/bin/sh -c \"$(loops)\"
cpu.set=0"
kinds=zone
! have "qemu-system-$(uname -m)" || spinning "$VMS/v" cpu.set=0 && kinds='zone VM'
sleep 1
turns "$Z" >"$TMP/zone" &
pids=$!
case $kinds in *VM*) turns "$VMS/v" >"$TMP/VM" & pids="$pids $!" ;; esac
# shellcheck disable=SC2086  # several pids
wait $pids
for k in $kinds; do
	i=0
	for what in throttled released 'throttled again' 'released again'; do
		i=$((i + 1))
		off "a $k is $what" "$(sed -n ${i}p "$TMP/$k")" s 'the reference' $((3 * i)) 0.25
	done
done
