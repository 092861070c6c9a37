#!/bin/sh
# hostname and env in a zone that runs, and what waits for the next boot.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a X=$ZONES/a/exec
said() { mkdir "$X/t" && put "$X/t/cmd" "$1" >"$TMP/put" && cat "$X/t/stdout"; rmdir "$X/t"; }
mkdir "$Z"
host=$(uname -n)
put "$Z/hostname" before >"$TMP/put"
is "$(put "$Z/ctl" boot) $(said 'uname -n')" 'ok before' 'the name that it boots with'
pid=$(pid_of "$Z")
is "$(put "$Z/hostname" web.example) $(said 'uname -n') $(pid_of "$Z")" "ok web.example $pid" 'another, live'
is "$(put "$Z/hostname" none) $(cat "$Z/hostname") $(said 'uname -n')" 'ok a a' "none is the zone's name"
is "$(key "$Z/status" reboot_needed)" '' 'no reboot is needed'
long=$(printf %063d 0)
is "$(put "$Z/hostname" "$long") $(said 'uname -n')" "ok $long" 'as long as may be'
refused "$Z/hostname" 'a b' EINVAL
refused "$Z/hostname" "${long}0" ERANGE
is "$(said 'uname -n')" "$long" 'a refused one changes nothing'
is "$(put "$Z/config" 'hostname=by-config
cpu.cap=50') $(said 'uname -n')" 'ok by-config' 'by config'
refused "$Z/config" 'hostname=other
cpu.cap=none
cpu.shares=x' EINVAL
is "$(said 'uname -n') $(cat "$Z/cpu.cap")" 'by-config 50' 'nothing of a refused one is in force'
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(put "$Z/hostname" after) $(said 'uname -n')" 'ok after' 'by the daemon after a killed one'
is "$(uname -n)" "$host" "the host keeps its own"
is "$(said 'hostname mine 2>&1; uname -n')" "$(said 'hostname mine 2>&1'; echo after)" 'an ordinary zone does not name itself'

put "$Z/init" "sleep 1000" >"$TMP/put"
put "$Z/ctl" "reboot 0" >"$TMP/put"
is "$(put "$Z/env" 'A=new') $(said 'echo $A')" 'ok new' 'env: the next command has it'
is "$(tr '\0' '\n' <"/proc/$(pid_of "$Z")/environ" | grep -c A=)" 0 'process 1 has not'
like "$(key "$Z/status" reboot_needed)" '(^| )env( |$)' 'for which it waits for the next boot'
is "$(put "$Z/ctl" 'reboot 0') $(key "$Z/status" reboot_needed) $(tr '\0' '\n' <"/proc/$(pid_of "$Z")/environ" | grep A=) $(said 'uname -n')" 'ok  A=new after' 'then it has'

# Two at once, and a zone that ends meanwhile
for n in 1 2 3 4 5 6; do
	(put "$Z/hostname" "n$n" >"$TMP/put$n") &
done
wait
is "$(cat "$TMP"/put[1-6]) $(said 'uname -n')" "okokokokokok $(cat "$Z/hostname")" 'several at once: the last is in force'
(put "$Z/ctl" halt >"$TMP/halt") &
is "$(put "$Z/hostname" late)" ok 'while it is halted'
wait
is "$(cat "$TMP/halt") $(put "$Z/ctl" boot) $(said 'uname -n')" 'ok ok late' 'for the next boot'
finish
