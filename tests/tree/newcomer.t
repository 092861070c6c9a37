#!/bin/sh
# What a newcomer does at a shell: copies of whole directories, commands and names of other tools, typing slips.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a B=$ZONES/b
mkdir "$Z" "$B"

# --- a copy of a whole directory ---
put "$Z/cpu.cap" 40 >/dev/null
exec 7<"$B/event"
like "$(cat "$Z/ctl")" '^# boot$' 'the commands that ctl lists are comments'
is "$(cat "$Z/ctl" "$MNT/ctl" | grep -cv '^# ')" 0 'all of them'
timeout 30 cp -r "$Z/." "$B/" 2>/dev/null
is "$? $(cat "$B/cpu.cap") $(cat "$B/state")" '1 40 configured' 'a copy of a zone takes its settings, and neither boots nor halts'
is "$(put "$Z/ctl" boot)" ok 'of one that runs'
timeout 30 cp -r "$Z/." "$B/" 2>/dev/null
is "$? $(cat "$B/state")" '1 configured' 'too, and the copy ends'
is "$(put "$B/ctl" boot)" ok 'the other runs'
put "$Z/cpu.cap" 41 >/dev/null
timeout 30 cp -r "$Z/config" "$Z/ctl" "$B/"
is "$(put "$B/cpu.cap" 42)$(await 7 file=cpu.cap 'running' 'file=cpu.cap' 'file=cpu.cap' | grep -c 'halt')" ok0 'and is not halted by it'
exec 7<&-
for f in state event help; do
	try write "$Z/$f" </dev/null >"$TMP/put"
	is "$(cat "$TMP/put") $(cat "$Z/error")" "EPERM $f: it takes no writes: read it" "$f can't be opened for writing alone"
done
is "$(perl -e 'open my $f, "+<", $ARGV[0] or die "$!"; print readline $f' "$Z/state")" running 'but for both, as servers of shares do'
finish
