#!/bin/sh
# event and wait: what comes, in what form, and that readers block, poll, and can be killed.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a

exec 7<"$MNT/event"
mkdir "$Z"
exec 8<"$Z/event"
put "$Z/cpu.cap" 50 >/dev/null
put "$Z/init" "/bin/sh -c 'read x; exit 4'" >/dev/null
put "$Z/ctl" boot >/dev/null
put "$Z/ctl" halt >/dev/null
mkdir "$ZONES/b"
rmdir "$ZONES/b"
own=$(await 8 ' config.*\n' ' config.*\n' ' booting.*\n' ' running.*\n' ' halting.*\n' ' halted.*\n')
report $? "a zone's events, in order"
all=$(await 7 ' zones/a created.*\n' ' config.*\n' ' config.*\n' ' booting.*\n' ' running.*\n' ' halting.*\n' ' halted.*\n' \
	' zones/b created.*\n' ' zones/b destroyed.*\n')
report $? "the root's events"
form='^[0-9]+ [0-9]+(\.[0-9]+)? zones/[ab] (created|config|booting|running|halting|halted|destroyed)( [a-z_.]+=[^ ]*)*$'
is "$(printf '%s\n%s\n' "$own" "$all" | grep -Ev "$form")" '' 'form: SEQ UNIX_TIME zones/NAME EVENT key=value…'
unlike "$own" zones/b "a zone's event file tells of that zone only"
is "$(echo "$all" | cut -d' ' -f1 | sort -nu)" "$(echo "$all" | cut -d' ' -f1)" 'SEQ grows'
now=$(date +%s)
among $((now - 60)) "$(echo "$all" | tail -n 1 | cut -d' ' -f2 | cut -d. -f1)" "$now" 'the time is now'
is "$(echo "$all" | grep -F "$own")" "$own" 'both tell the same lines'
like "$all" ' config .*cpu\.cap' 'config tells the file'

# From the open on
exec 9<"$Z/event"
put "$Z/cpu.cap" 60 >/dev/null
put "$Z/ctl" boot >/dev/null
like "$(await 9 ' running.*\n' | head -n 1)" ' config ' 'a reader gets what comes after its open'
exec 9<&-

# A write that changes nothing, a refused one and a look are no events
exec 9<"$Z/event"
cat "$Z/state" "$Z/config" >/dev/null
put "$Z/cpu.cap" nonsense >/dev/null
put "$Z/cpu.shares" 200 >/dev/null
is "$(await 9 ' config.*\n' | wc -l)" 1 'what was refused is no event'

# Blocked and interruptible; poll. timeout ends the reader: that is what is tested, not how long it took
readable() { # FD SECONDS
	perl -e 'my $s = ""; vec($s, 0, 1) = 1; exit !select $s, undef, undef, $ARGV[0]' "$2" <&"$1"
}
ok 'poll: nothing yet' eval '! readable 9 0'
put "$Z/cpu.shares" 201 >/dev/null
ok 'poll wakes' readable 9 10
nonblocking() { perl -MFcntl -e 'sysopen F, $ARGV[0], O_RDONLY | O_NONBLOCK or die; print sysread(F, $b, 99) // ($!{EAGAIN} ? "EAGAIN" : $!)' "$1"; }
is "$(nonblocking "$Z/wait") $(nonblocking "$MNT/event") $(nonblocking "$Z/console")" 'EAGAIN EAGAIN EAGAIN' 'who does not want to wait is told so'
for f in "$Z/wait" "$Z/event" "$MNT/event" "$Z/console"; do
	timeout -s INT 0.3 cat "$f" >/dev/null
	is $? 124 "${f#"$MNT/"} blocks, and a signal ends it"
done
exec 6<"$Z/wait"
ok 'wait does not poll readable while it runs' eval '! readable 6 0'

# Every other file that blocks polls, too: not readable, and readable once there is something
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'read x; echo out; echo err >&2; read y' >/dev/null
exec 7<"$MNT/event"
exec 8<"$Z/console"
put "$Z/cpu.shares" 202 >/dev/null
ok "the root's event wakes" readable 7 10
ok 'console: nothing yet' eval '! readable 8 0'
mkdir "$Z/exec/k"
put "$Z/exec/k/cmd" 'echo printed >/dev/console' >/dev/null
ok 'console wakes' readable 8 10
exec 7<&-
exec 8<&-
for f in stdout stderr wait; do
	exec 7<"$Z/exec/j/$f"
	ok "$f of a job: nothing yet" eval '! readable 7 0'
	is "$(nonblocking "$Z/exec/j/$f")" EAGAIN "and a read that does not wait says so"
	exec 7<&-
done
exec 7<"$Z/exec/j/stdout" 8<"$Z/exec/j/stderr" 9<"$Z/exec/j/wait"
put "$Z/exec/j/stdin" '
' >/dev/null
ok 'stdout wakes' readable 7 10
ok 'stderr wakes' readable 8 10
ok 'wait does not yet' eval '! readable 9 0'
put "$Z/exec/j/stdin" '
' >/dev/null
ok 'wait wakes' readable 9 10
exec 7<&- 8<&- 9<&-
rmdir "$Z/exec/j" "$Z/exec/k"

# Readers that are killed, 30 of them
pids=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cat "$Z/event" >/dev/null & pids="$pids $!"
	cat "$MNT/event" >/dev/null & pids="$pids $!"
	cat "$Z/wait" >/dev/null & pids="$pids $!"
done
daemon=$(daemon_pid)
# shellcheck disable=SC2086  # several pids
{
	kill -9 $pids
	ok 'killed readers go' gone $pids
	wait $pids 2>/dev/null
}
is "$(daemon_pid)" "$daemon" 'and the daemon stays'

# wait gives the exit to all who wait
cat "$Z/wait" >"$TMP/w1" & w1=$!
cat "$Z/wait" >"$TMP/w2" & w2=$!
put "$Z/console" '
' >/dev/null
ok 'waiters go on' wait $w1 $w2
is "$(cat "$TMP/w1" "$TMP/w2")" 'exited 4
exited 4' 'with the exit'
ok 'wait polls readable now' readable 6 10
exec 6<&-
is "$(ended "$Z")" 'exited 4' 'wait after the end does not block'

# A boot that fails
exec 9<&-
exec 9<"$Z/event"
put "$Z/init" /nonexistent >/dev/null
put "$Z/ctl" boot >/dev/null
like "$(await 9 ' booting' ' failed.*\n')" failed 'a boot that fails is an event'
finish
