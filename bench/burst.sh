#!/bin/sh
# Bursting on a real zone and a real VM beside the reference: constant load that has been above the
# baseline when the baseline is set, so it is throttled after burst_time, released after as long again,
# and so on (cpu-caps.md: constant heavy load is a square wave). Where others disturb it is measured again
# (lib.sh).
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

dir_of() { [ "$1" = VM ] && echo "$VMS/v" || echo "$Z"; } # KIND

all_turns() { # of all kinds at once, each new, with its whole budget; and what others took of CPU 0
	boot "$Z" "init=/bin/sh -c \"$(loops)\"
cpu.set=0"
	case $kinds in *VM*) spinning "$VMS/v" cpu.set=0 ;; esac
	sleep 1
	pids=
	for _k in $kinds; do turns "$(dir_of "$_k")" >"$TMP/$_k" & pids="$pids $!"; done
	# shellcheck disable=SC2046  # several files
	"$BENCH/rate" 12 $(for _k in $kinds; do echo "$(dir_of "$_k")/cpu.stat"; done) idle=0 |
		awk '{ n += $1 } END { printf "%.1f\n", (n < 100 ? 100 - n : 0) }' >"$TMP/others"
	# shellcheck disable=SC2086  # several pids
	wait $pids
	others=$(cat "$TMP/others")
	for _k in $kinds; do put "$(dir_of "$_k")/ctl" halt >/dev/null && rmdir "$(dir_of "$_k")"; done
}

worst() { # of all turns: seconds beside the reference
	for _k in $kinds; do awk '{ d = $1 - 3 * NR; print d < 0 ? -d : d }' "$TMP/$_k"; done | sort -g | tail -n 1
}

kinds=zone
! have "qemu-system-$(uname -m)" || kinds='zone VM'
for _ in $(tries); do
	all_turns
	case $(verdict "$(worst)" 0.25 "$others") in no*) ;; *) break ;; esac
done
echo "others took $others % of CPU 0"
for k in $kinds; do
	i=0
	for what in throttled released 'throttled again' 'released again'; do
		i=$((i + 1))
		off "a $k is $what" "$(sed -n ${i}p "$TMP/$k")" s 'the reference' $((3 * i)) 0.25 "$others"
	done
done
