#!/bin/sh
# console and log: reading, typing, and a flood that nobody reads.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
put "$Z/init" /bin/sh >/dev/null
put "$Z/ctl" boot >/dev/null

# Two readers see what a typist does. The sums tell output from the echo of what was typed
exec 7<"$Z/console"
timeout 60 cat "$Z/console" >"$TMP/second" &
second=$!
exec 8<"$Z/console"
is "$(put "$Z/console" 'echo sum$((40+2))sum
')" ok 'typing'
like "$(await 7 sum42sum)" sum42sum 'and a reader sees the answer'
is "$(printf 'ech' | try write "$Z/console")$(printf 'o again$((1+1))\n' | try write "$Z/console")" okok 'a stream: half a line is half a line'
ok 'put together' await 7 again2
ok 'another reader sees both' await 8 sum42sum again2
like "$(cat "$Z/log")" sum42sum 'log has it'

# Control characters reach the terminal
put "$Z/console" 'sh -c "echo sleeping\$((1+1)); exec sleep 1000"
' >/dev/null
ok 'a job in the foreground' await 7 sleeping2
printf '\003' | try write "$Z/console" >/dev/null
put "$Z/console" 'echo woken$((1+1))
' >/dev/null
ok 'ctrl-C ends it' await 7 woken2

# A reader that comes late sees from now on
exec 9<"$Z/console"
put "$Z/console" 'echo late$((1+1))
' >/dev/null
late=$(await 9 late2)
like "$late" late2 'a new reader sees what comes'
unlike "$late" sum42sum 'and not what was'
exec 9<&-

# Halt ends the readers, log stays
is "$(put "$Z/ctl" halt)" ok halt
ok 'a blocked reader gets the end of file' wait $second
like "$(cat "$TMP/second")" woken2 'after all the text'
is "$(timeout 10 cat "$Z/console")" '' 'the console of a halted zone is at its end'
refused "$Z/console" x ESRCH
like "$(cat "$Z/log")" sum42sum 'log is kept when halted'
exec 7<&- 8<&-
ok 'umount and mount' remount
like "$(cat "$Z/log")" sum42sum 'and over a mount'
like "$(inside "$Z" 'echo second boot')" '^second boot' 'the next boot'
like "$(cat "$Z/log")" sum42sum "log has the previous boot's too"
like "$(cat "$Z/log")" '^second boot' 'and its own'

# A console that was opened before the boot gives all that the boot prints
[ "$(cat "$Z/state")" != running ] || put "$Z/ctl" halt >/dev/null
put "$Z/init" "/bin/sh -c 'echo first words; exec cat'" >/dev/null
exec 9<"$Z/console"
is "$(put "$Z/ctl" boot)" ok 'a boot while its console is open'
like "$(await 9 words)" '^first words' 'the reader sees its first line'
kill -9 "$(daemon_pid)"
put "$Z/console" 'after
' >/dev/null
unlike "$(await 9 after)" first 'and not again from the next daemon'
exec 9<&-
put "$Z/ctl" halt >/dev/null

# tail -f follows log and history
put "$Z/init" "/bin/sh -c 'while read x; do echo said-\$x; done'" >/dev/null
put "$Z/ctl" boot >/dev/null
mkfifo "$TMP/tail" "$TMP/tail2"
tail -f "$Z/log" >"$TMP/tail" 2>&1 & following=$!
tail -n 1 -f "$Z/history" >"$TMP/tail2" 2>&1 & following="$following $!"
exec 7<"$TMP/tail" 8<"$TMP/tail2"
await 8 ' running\n' >/dev/null
put "$Z/console" 'one
' >/dev/null
ok 'tail -f follows log' await 7 'said-one'
put "$Z/cpu.cap" 70 >/dev/null
ok 'and history' await 8 ' config file=cpu.cap'
put "$Z/ctl" halt >/dev/null
put "$Z/init" "/bin/sh -c 'yes flood | head -c 6000000; echo; echo all-dry'" >/dev/null
put "$Z/ctl" boot >/dev/null
timeout 60 grep -q all-dry <&7
report $? 'over a boot and a flood that takes the head of log'
# shellcheck disable=SC2086  # two pids
kill $following
exec 7<&- 8<&-
ended "$Z" >/dev/null

# A flood: nobody reads, one reader that does not read on, one that is slow; the zone is never held up
flood='yes flood | head -c 6000000; echo; echo dry'
put "$Z/init" "/bin/sh -c 'read x; $flood'" >/dev/null
put "$Z/ctl" boot >/dev/null
exec 8<"$Z/console"
put "$Z/console" '
' >/dev/null
is "$(ended "$Z")" 'exited 0' 'a flood that nobody reads does not hold the zone up'
exec 8<&-
size=$(wc -c <"$Z/log")
among 1048576 "$size" 4194304 'log holds 1 MiB of it at least, and is bounded'
like "$(tail -n 1 "$Z/log")" dry 'up to the end'
among 0 "$(du -sk "$TMP/state" "$TMP/run" | awk '{ s += $1 } END { print s }')" 12000 'and so is the space it takes'
is "$(perl -e 'print((stat $ARGV[0])[7])' "$Z/log")" "$size" 'its size is told'
put "$Z/ctl" boot >/dev/null
timeout 60 cat "$Z/console" >"$TMP/all" &
reader=$!
put "$Z/console" '
' >/dev/null
ok 'a reader of the flood reads on to the end of file' wait $reader
like "$(tail -n 1 "$TMP/all")" dry 'and to the end of the text'
finish
