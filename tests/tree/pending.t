#!/bin/sh
# pending and reboot_needed: settings that wait for the next boot, with what is in force and what comes.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"
U=12345
needed() { sed -n 's/^reboot_needed *//p' "$Z/status"; }
put "$Z/init" 'sleep 1000' >/dev/null
is "$(cat "$Z/pending")$(needed)" '' 'nothing waits where it does not run'
is "$(put "$Z/ctl" boot)$(cat "$Z/pending")$(needed)" ok 'nor after a boot'
is "$(put "$Z/hostname" other)$(put "$Z/cpu.cap" 50)$(cat "$Z/pending")" okok 'nor what is in force at once'
is "$(put "$Z/env" 'A=1
B="x y"')$(put "$Z/init" 'sleep 2000')$(put "$Z/privileges" none)" okokok 'three that wait'
want='init "sleep 1000" "sleep 2000"
env none "A=1 B=\"x y\""
privileges default none'
is "$(cat "$Z/pending")" "$want" 'pending has both values'
is "$(needed)" 'init env privileges' 'reboot_needed the names'
put "$Z/env" 'A=2' >/dev/null
like "$(cat "$Z/pending")" '^env none A=2$' 'one that is changed again'
is "$(put "$Z/env" none)$(put "$Z/privileges" default) $(needed)" 'okok init' 'what is as before waits no more'
put "$Z/env" 'A=3' >/dev/null
kill -9 "$(daemon_pid)"
is "$(cat "$Z/pending")" 'init "sleep 1000" "sleep 2000"
env none A=3' 'the next daemon knows'
is "$(put "$Z/env" none) $(needed)" 'ok init' 'also what is as before'
put "$Z/env" 'A=3' >/dev/null
ok 'umount, mount' remount
is "$(cat "$Z/pending")" 'init "sleep 1000" "sleep 2000"
env none A=3' 'so does the next mount'
is "$(put "$Z/env" 'x') $(cat "$Z/pending" | tail -n 1)" 'EINVAL env none A=3' 'a refused write changes nothing'

# Nobody is told what he may not read
chmod 600 "$Z/env"
is "$(setpriv --reuid=$U --regid=$U --clear-groups cat "$Z/pending" | tail -n 1)" env 'of what one may not read the name alone'
is "$(tail -n 1 "$Z/pending")" 'env none A=3' 'root reads it'
chmod 644 "$Z/env"
is "$(put "$Z/ctl" 'reboot 1')$(cat "$Z/pending")$(needed)" ok 'a reboot takes them'
put "$Z/init" none >/dev/null
is "$(put "$Z/ctl" halt)$(cat "$Z/pending")$(needed)" ok 'and where it is halted nothing waits'
finish
