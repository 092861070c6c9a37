#!/bin/sh
# How a run ended and why, in status, event, wait and memory.events: an administrator's halt, a kill for want of
# memory and an end by itself are told apart, also by the next daemon.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
line() { sed -n "s/^$1 //p" "$Z/status"; }
is "$(line ended) $(line reason) $(line task) $(line exit)" '- - - -' 'one that never ran'
is "$(put "$Z/ctl" boot)" ok 'it runs'
is "$(line ended) $(line reason)" '- -' 'and has not ended'
before=$(date +%s)
is "$(put "$Z/ctl" halt) $(line reason) $(line exit)" 'ok halted killed 9' 'halt'
among "$before" "$(line ended)" "$(date +%s)" 'ended says when'
ended=$(line ended)
kill -9 "$(daemon_pid)"
is "$(line reason) $(line ended)" "halted $ended" 'the next daemon knows'
is "$(put "$Z/ctl" boot)" ok 'it runs again'
kill -9 "$(daemon_pid)"
is "$(line ended) $(line reason) $(line exit)" '- - -' 'for the next daemon, too'
is "$(put "$Z/ctl" 'shutdown 10') $(line reason)" 'ok shut down' 'shutdown'

is "$(put "$Z/init" "sh -c 'trap : TERM; echo up; while :; do read x; done'")$(put "$Z/ctl" boot)" okok 'one that does not end when it is asked to'
exec 8<"$Z/event"
is "$(put "$Z/ctl" 'shutdown 1') $(line reason)" 'ok did not end within 1 s: halted' 'shutdown'
await 8 ' halted exit=killed:9 forced=yes\n' >/dev/null
report $? 'and event says so'
exec 8<&-

is "$(put "$Z/init" "sh -c 'exit 3'")$(put "$Z/ctl" boot) $(ended "$Z") $(line reason)" 'okok exited 3 process 1 ended by itself' 'one that ends by itself'
is "$(put "$Z/init" "sh -c 'kill -SEGV \$\$; exec sleep 1000'")$(put "$Z/ctl" boot)" okok 'process 1 keeps signals off'
is "$(put "$Z/ctl" 'kill KILL') $(ended "$Z") $(line reason)" 'ok killed 9 killed by signal 9, as ctl was told' 'kill'
is "$(put "$Z/init" none)$(put "$Z/ctl" boot)" okok 'the built-in init'
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'perl -e "syscall 169, 0xfee1dead, 672274793, 0x4321fedc, 0"' >/dev/null
is "$(ended "$Z") $(line reason)" 'exited 0 powered off from inside' 'a power off'

# Want of memory
is "$(put "$Z/memory.max" 32M)$(put "$Z/init" 'tail /dev/zero')" okok 'one that eats memory'
is "$(cat "$Z/memory.events" | tr '\n' ' ')" 'oom 0 oom_kill 0 ' 'nothing was killed before'
is "$(put "$Z/ctl" boot) $(ended "$Z")" 'ok killed 9' 'is killed'
is "$(line reason)" 'out of memory: memory.max is 32M' 'reason says why'
like "$(cat "$Z/memory.events")" '^oom_kill [1-9]' 'memory.events stays'
peak=$(cat "$Z/memory.peak")
among 30000000 "${peak:-0}" 40000000 'memory.peak, too'
events=$(cat "$Z/memory.events")
kill -9 "$(daemon_pid)"
is "$(cat "$Z/memory.events")
$(cat "$Z/memory.peak")" "$events
$peak" 'for the next daemon, too'
is "$(put "$Z/init" none)$(put "$Z/ctl" boot) $(cat "$Z/memory.events" | tr '\n' ' ')" 'okok oom 0 oom_kill 0 ' 'until the next boot'
refused "$Z/ctl" boot EEXIST 'it is running already: reboot boots it again'
put "$Z/ctl" halt >/dev/null
finish
