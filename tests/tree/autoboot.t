#!/bin/sh
# A boot that fails by itself (autoboot, restart) is tried again: what it needs may come yet. One that was
# asked for is not.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$TMP/late"
is "$(put "$Z/mounts" "$TMP/late /mnt ro")$(put "$Z/autoboot" on)$(put "$Z/restart" always)" okokok 'a zone that shows a directory'
line() { sed -n "s/^$2 //p" "$1/status"; }
is "$(line "$Z" restart_in) $(line "$Z" reason)" '- -' 'nothing waits'
rmdir "$TMP/late"
is "$(put "$Z/ctl" boot) $(cat "$Z/state") $(line "$Z" restart_in)" 'EIO failed -' 'asked for, and the directory is gone: refused, and not tried again' ||
	diag "$(cat "$Z/error")"
like "$(line "$Z" reason)" "$TMP/late" 'status says why'
is "$(key "$Z/status" restarts)" 0 'no restart'

ok 'a mount' remount
exec 8<"$Z/event"
[ "$(cat "$Z/state")" = failed ] || await 8 ' failed.*\n' >/dev/null
like "$(line "$Z" restart_in)" '^[0-9]+$' 'autoboot fails: it is tried again'
like "$(line "$Z" reason)" "$TMP/late" 'and says why'
like "$(key "$Z/status" state) $(awk '$1 == "a" { print $3 }' "$MNT/list")" '^(failed failed|booting .*|.* booting)$' 'list shows it'
await 8 ' failed.*\n' ' failed.*\n' >/dev/null
report $? 'and again'
kill -9 "$(daemon_pid)"
like "$(line "$Z" restart_in)" '^[0-9]+$' 'the next daemon goes on'
mkdir "$TMP/late"
ok 'the directory comes: it boots' until_state "$Z" running
is "$(line "$Z" restart_in) $(line "$Z" reason)" '- -' 'and nothing waits any more'
put "$Z/cpu.shares" 100 >/dev/null # what was saved before is on disk by then
! grep -q " again " "$TMP/state/objects/"*
report $? 'nor on disk'

# halt takes the wish away
exec 8<&-
put "$Z/ctl" halt >/dev/null
rmdir "$TMP/late"
ok 'a mount' remount
[ "$(cat "$Z/state")" = failed ] || until_state "$Z" failed
is "$(put "$Z/ctl" halt) $(line "$Z" restart_in)" 'ok -' 'halt ends it'
kill -9 "$(daemon_pid)"
is "$(cat "$Z/state") $(line "$Z" restart_in)" 'failed -' 'for the next daemon, too'
like "$(line "$Z" reason)" "$TMP/late" 'which knows the reason'

# restart: a zone that ran, and can't come up again
mkdir "$TMP/late"
put "$Z/autoboot" off >/dev/null
put "$Z/init" '/bin/sh -c "while [ -e /mnt/run ]; do sleep 0.1; done"' >/dev/null
: >"$TMP/late/run"
is "$(put "$Z/ctl" boot)" ok 'a zone with restart=always'
exec 8<"$Z/event"
rm -r "$TMP/late"
await 8 ' failed.*\n' ' failed.*\n' >/dev/null
report $? 'ends, and its boot fails again and again'
exec 8<&-
ok 'umount, mount' remount
like "$(line "$Z" restart_in)" '^[0-9]+$' 'a mount goes on'
mkdir "$TMP/late"
: >"$TMP/late/run"
ok 'until it can' until_state "$Z" running
put "$Z/ctl" halt >/dev/null
exec 8<&-
finish
