#!/bin/sh
# No event of a change is lost by a crash of the daemon, and none is told twice.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/z
mkdir "$Z"
configs() { grep -c ' config file=cpu.cap$' "$Z/history"; }

# PID: one daemon after another is killed while it lives, 15 at most; gives its end, and $i tells how many
killing_till() {
	i=0
	while kill -0 "$1" 2>/dev/null && [ $i -lt 15 ]; do
		old=$(daemon_pid)
		[ -z "$old" ] || { kill -9 "$old" && gone "$old"; }
		cat "$MNT/version" >/dev/null
		i=$((i + 1))
	done
	wait "$1"
}

file=$TMP/state/objects/$(key "$Z/status" id)
like "$(cat "$file")" '^untold [0-9]+ [0-9]+ \.$' 'the settings of a new zone say that it is to be told'
ok 'umount and mount' remount
is "$(grep -c ' created$' "$Z/history")" 1 'which was done'
unmount
seq=$(sed -n 's/^untold \([0-9]*\) .*/\1/p' "$file")
sed -i "s/^untold $seq /untold $((seq + 1)) /" "$file"
ok 'mount' mount_tree
is "$(grep -c ' created$' "$Z/history")" 2 'and is by the next daemon, where it was not'

# As if the daemon had died between the disk and the event, and as if behind both
put "$Z/cpu.cap" 10 >/dev/null
like "$(cat "$file")" '^untold [0-9]+ [0-9]+ cpu.cap$' 'the settings say what event is due'
ok 'umount and mount' remount
is "$(configs)" 1 'an event that was told is not told again'
unmount
seq=$(sed -n 's/^untold \([0-9]*\) .*/\1/p' "$file")
sed -i "s/^untold $seq /untold $((seq + 1)) /" "$file"
ok 'mount' mount_tree
is "$(configs)" 2 'one that was not is told by the next daemon'
put "$Z/cpu.set" 0 >/dev/null
ok 'umount and mount' remount
is "$(configs)" 2 'once'
unmount
sed -i 's/^untold [0-9]* \([0-9]*\) .*/untold 1 7 cpu.cap/' "$file"
ok 'mount' mount_tree
is "$(configs)" 2 'and not where events are of another time'

# For real
exec 8<"$Z/event"
perl -e 'for my $n (1 .. 120) { open my $f, ">", "$ARGV[0]/cpu.cap" or die; for (;;) { last if defined syswrite $f, 1000 + $n; $!{EINTR} or die "$n: $!" } }' "$Z" 2>"$TMP/said" & writer=$!
killing_till "$writer"
is "$? $(cat "$TMP/said")" '0 ' "120 writes, and $i daemons killed meanwhile"
put "$Z/cpu.shares" 7 >/dev/null
# shellcheck disable=SC2046  # 120 patterns
ok 'each has its event' await 8 $(yes 'file=cpu.cap' | head -n 120) 'file=cpu.shares'
exec 8<&-

# What is destroyed meanwhile
exec 8<"$MNT/event"
perl -e 'for my $n (1 .. 60) { for my $do (sub { mkdir "$_[0]/e$n" }, sub { rmdir "$_[0]/e$n" }) { until ($do->($ARGV[0])) { $!{EINTR} or die "$n: $!" } } }' "$ZONES" 2>"$TMP/said" & writer=$!
killing_till "$writer"
is "$? $(cat "$TMP/said")" '0 ' "60 zones come and go, and $i daemons are killed meanwhile"
# shellcheck disable=SC2046  # 60 patterns
ok 'each is told to be destroyed' await 8 $(seq -f 'zones/e%g_destroyed' 60 | tr _ .)

# Who has read more lines than are kept, or a part of one, or falls behind: each time the daemon is killed meanwhile
mkfifo "$TMP/go" "$TMP/told"
timeout 120 perl -e '
	use strict; use Fcntl;
	my ($mnt, $zone) = @ARGV;
	my ($value, @f, @got) = 1;
	for ("$mnt/event", "$zone/event") { sysopen my $f, $_, O_RDONLY | O_NONBLOCK or die; push @f, $f; push @got, "" }
	sub change {
		for (1 .. $_[0]) {
			$value = $value % 9000 + 1;
			open my $f, ">", "$zone/cpu.cap" or die;
			until (defined syswrite $f, $value) { $!{EINTR} or die "$value: $!" }
		}
	}
	sub take { for (;;) { last if !defined sysread($f[$_[0]], $got[$_[0]], 65536, length $got[$_[0]]) && $!{EAGAIN} } }
	sub part { sysread $f[$_[0]], $got[$_[0]], 9, length $got[$_[0]] for 0 .. 1 }
	sub kills { $| = 1; print "kill\n"; <STDIN> }
	for (1 .. 1500) { change 1; take 0; take 1 if $_ % 700 == 0 }
	for (200, 50, 1300) { kills; change $_ / 2; kills if $_ == 50; change $_ / 2; take 0; take 1 }
	change 2; part $_ for 0, 1; kills; change 1; take $_ for 0, 1;
	change 2; part $_ for 0, 1; change 1200; kills; change 1; take $_ for 0, 1;
	for (@got) {
		my ($last, $lost, $wrong) = (0, 0, "");
		for (split /\n/) {
			if (/^lost (\d+)$/) { $lost++; $last += $1 }
			elsif (/^(\d+) \d+ zones\/z config file=cpu\.cap$/) {
				$wrong .= "$1 after $last " if $last && $1 != $last + 1;
				$last = $1;
			} elsif (!/^\d+( \d*( \S*)?)?$/) { $wrong .= "$_ " } # part of a line
		}
		print "lost $lost times $wrong\n";
	}' "$MNT" "$Z" <"$TMP/go" >"$TMP/told" &
reader=$!
exec 7>"$TMP/go" 6<"$TMP/told"
i=0 said=
while read -r word <&6; do
	case $word in kill) i=$((i + 1)) ;; *) said="$said$word," && continue ;; esac
	old=$(daemon_pid)
	kill -9 "$old" && gone "$old"
	echo go >&7
done
exec 7>&- 6<&-
wait $reader
is "$? $i $said" '0 6 lost 2 times,lost 2 times,' 'no line is missing behind a crash but those that lost tells of'
finish
