#!/bin/sh
# What users who are not root may hold: so much, and then one is refused; nobody else notices, and when he ends all
# is free again.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a MOST=256 MORE=300
mkdir "$Z"
mkfifo "$TMP/end" "$TMP/told"
counted() { sort | uniq -c | awk '{ print $1, $2 }' | paste -sd,; }

# --- readers ---
readers() { # UID: MORE of that user's, who are told of at descriptor 8, until descriptor 7 is closed
	perl "$HERE/readers.pl" "$1" $MORE $MOST "$MNT/event" <"$TMP/end" >"$TMP/told" 7<&- 8<&- 9<&- & readers=$!
	exec 7>"$TMP/end" 8<"$TMP/told"
}
no_readers() { exec 7>&- && wait $readers && exec 8<&-; }

exec 9<"$MNT/event" # root's
readers 4321
is "$(await 8 'blocked\n' | counted)" "$((MORE - MOST)) EMFILE,1 blocked" "of $MORE files that a user reads and waits for, those above $MOST are refused"
is "$(AS=4321 try read "$MNT/event") $(AS=4321 try read "$Z/event")" 'EMFILE EMFILE' 'so is the next one, of any zone'
is "$(AS=4321 try read "$Z/state")" ok 'what does not block he reads'
is "$(cat "$MNT/error" "$Z/error")" '' 'a read that is refused writes nothing into error'
chown 4321 "$Z/cpu.shares"
is "$(printf 50 | AS=4321 try write "$Z/cpu.shares") $(cat "$Z/cpu.shares")" 'EMFILE 100' 'nor does he write now'
like "$(cat "$Z/error")" "^cpu.shares: user 4321 has $MOST reads and writes that wait already: end some of them first\$" 'and is told why'
timeout -s INT 0.3 env AS=4322 "$WARREN_BUILD/tests/try" read "$MNT/event"
is $? 124 'another user waits as ever'

mkdir "$ZONES/b"
ok "root's reader gets the event" await 9 ' zones/b created\n'
is "$(await 8 "(got\\n){$MOST}" | counted)" "$MOST got" 'so does each of the user'\''s that wait'
is "$(AS=4321 try read "$MNT/event")" EMFILE 'who keep their files open'
no_readers
is "$(printf 50 | AS=4321 try write "$Z/cpu.shares") $(cat "$Z/cpu.shares")" 'ok 50' 'when they have ended he writes'
readers 4321
is "$(await 8 'blocked\n' | counted)" "$((MORE - MOST)) EMFILE,1 blocked" 'and has as many readers as before'

# A daemon that is started anew knows of them by what the kernel asks again, or they are interrupted (before Linux 6.9)
old=$(daemon_pid)
kill -9 "$old"
gone "$old"
until [ -n "$(daemon_pid)" ]; do :; done
mkdir "$ZONES/c"
like "$(await 8 "((got|EINTR)\\n){$MOST}" | counted)" "^$MOST (got|EINTR)\$" 'the next daemon tells them all'
no_readers

# Root may have as many as he likes
perl "$HERE/readers.pl" 0 $MORE $MORE "$MNT/event" <"$TMP/end" >"$TMP/told" 7<&- 8<&- 9<&- & readers=$!
exec 7>"$TMP/end" 8<"$TMP/told"
await 8 'blocked\n' >/dev/null
until [ "$(grep -c . "$TMP/seen" 2>/dev/null)" = $MORE ]; do
	mkdir "$ZONES/d" && rmdir "$ZONES/d"
	await 8 "(got\\n){$MORE}" >"$TMP/seen" || break
done
is "$(counted <"$TMP/seen")" "$MORE got" 'root has as many readers as he likes'
no_readers

# --- polls ---
polled() { # UID N: so many of that user's open files are polled; how many have an error, before they are waited for
	perl -MIO::Poll -MPOSIX -e '
		my ($uid, $n, $file) = @ARGV;
		setgid($uid), setuid($uid);
		my ($poll, @open) = IO::Poll->new;
		for (1 .. $n) { open my $f, "<", $file or die "$file: $!"; $poll->mask($f => POLLIN); push @open, $f }
		$poll->poll(0.2);
		print scalar($poll->handles(POLLERR)), "\n";
	' "$1" "$2" "$MNT/event"
}
is "$(polled 4321 $MOST)" 0 "a user polls $MOST files"
is "$(polled 4321 $((MOST + 1)))" 1 'one more has an error'
is "$(polled 4321 $MOST)" 0 'when they were closed he polls as many as before'
is "$(polled 0 $MORE)" 0 'root polls as many as he likes'
exec 7<"$MNT/event"
perl -e 'my $s = ""; vec($s, 0, 1) = 1; exit !select $s, undef, undef, 30' <&7 & poller=$!
mkdir "$ZONES/e"
ok "root's poll wakes" wait $poller
exec 7<&-

# --- turns: a user who asks without a pause, from 64 processes ---
setsid sh -c 'echo $$ >"$1" && exec perl -MErrno -MPOSIX -e "$2" "$3"' sh "$TMP/asking" '
	setgid(4321), setuid(4321);
	my $end = 0;
	$SIG{TERM} = sub { $end = 1 };
	for (2 .. 64) { last unless fork // die "fork: $!" }
	until ($end) { stat $ARGV[0] or $!{EINTR} or die "stat: $!" }
	my $bad = 0;
	while (wait != -1) { $bad ||= $? }
	exit($bad != 0);
' "$Z/state" & asking=$!
until [ -s "$TMP/asking" ]; do :; done
is "$(try mkdir "$ZONES/f") $(put "$ZONES/f/cpu.cap" 20) $(try rmdir "$ZONES/f")" 'ok ok ok' 'while a user asks without a pause all is done'
old=$(daemon_pid)
kill -9 "$old"
gone "$old"
until [ -n "$(daemon_pid)" ]; do :; done
is "$(try mkdir "$ZONES/f") $(put "$ZONES/f/cpu.cap" 20) $(try rmdir "$ZONES/f")" 'ok ok ok' 'after the death of the daemon, too'
kill -TERM "-$(cat "$TMP/asking")"
ok 'and he had all his answers' wait $asking

# --- texts: what one user reads in pieces stays whatever others read ---
reading() { # UID FILE: the first bytes, and when standard input ends the rest
	perl -MPOSIX -e '
		my ($uid, $file) = @ARGV;
		setgid($uid), setuid($uid);
		open my $f, "<", $file or die "$file: $!";
		sysread $f, my $text, 3;
		$| = 1;
		print "$text\n";
		readline STDIN;
		1 while sysread $f, $text, 3, length $text;
		print $text;
	' "$1" "$2"
}
before=$(cat "$Z/status")
reading 4322 "$Z/status" <"$TMP/end" >"$TMP/told" 7<&- 8<&- & slow=$!
exec 7>"$TMP/end" 8<"$TMP/told"
await 8 'sta\n' >/dev/null
perl -MPOSIX -e '
	setgid(4321), setuid(4321);
	my @open;
	for my $i (1 .. 800) {
		open my $f, "<", $ARGV[$i % @ARGV] or die "$!";
		sysread $f, my $text, 3;
		push @open, $f;
	}
' "$Z/status" "$Z/procs" "$MNT/list" "$MNT/host" "$Z/help" "$MNT/help"
put "$Z/init" 'sleep 10000' >/dev/null
put "$Z/ctl" boot >/dev/null
exec 7>&-
is "$(cat <&8 | grep -v uptime)" "$(printf '%s\n' "$before" | grep -v uptime)" 'the rest that a user reads is of the text that he began'
wait $slow
exec 8<&-
finish
