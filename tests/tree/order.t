#!/bin/sh
# autoboot=N is a place in the order: lower ones boot first, and end last; each is waited for.
. "$(dirname "$0")/lib.sh"
setup
for n in a b c d; do
	mkdir "$ZONES/$n"
done
put "$ZONES/a/autoboot" 20 >/dev/null
put "$ZONES/b/autoboot" 0 >/dev/null
put "$ZONES/c/autoboot" on >/dev/null
is "$(cat "$ZONES/a/autoboot" "$ZONES/b/autoboot" "$ZONES/c/autoboot" "$ZONES/d/autoboot" | tr '\n' ' ')" '20 0 on off ' \
	'places, on, and off'
all() { cat "$ZONES"/?/state | tr '\n' ' '; }
exec 8<"$MNT/event"
is "$(put "$MNT/ctl" boot-all) $(all)" 'ok running running running configured ' 'boot-all'
await 8 '/b booting\n' '/b running\n' '/a booting\n' '/a running\n' '/c booting\n' '/c running\n' >/dev/null
report $? 'boots them place after place, those without one last'
is "$(put "$MNT/ctl" 'shutdown-all 30') $(all)" 'ok halted halted halted configured ' 'shutdown-all'
await 8 '/c halting\n' '/c halted.*\n' '/a halting\n' '/a halted.*\n' '/b halting\n' '/b halted.*\n' >/dev/null
report $? 'ends them the other way round'

# One that can't boot, or does not end, keeps nobody back
mkdir "$TMP/dir"
put "$ZONES/b/mounts" "$TMP/dir /mnt ro" >/dev/null
rmdir "$TMP/dir"
is "$(put "$MNT/ctl" boot-all) $(all)" 'EIO running failed running configured ' 'boot-all goes on behind one that fails'
is "$(cat "$MNT/error")" 'ctl: 1 could not be booted: see their error files' 'and tells of it'
put "$ZONES/b/mounts" none >/dev/null
put "$ZONES/c/init" "sh -c 'trap : TERM; echo up; while :; do read x; done'" >/dev/null
put "$ZONES/c/ctl" halt >/dev/null
is "$(put "$MNT/ctl" boot-all)" ok 'all of them'
is "$(put "$MNT/ctl" 'shutdown-all 3') $(all)" 'ok halted halted halted configured ' 'shutdown-all goes on behind one that does not heed it'
is "$(sed -n 's/^reason //p' "$ZONES/c/status" "$ZONES/a/status" | tr '\n' ' ')" 'did not end within 1 s: halted shut down ' \
	'the places share the seconds'
put "$ZONES/c/init" none >/dev/null

# The latest command counts
put "$MNT/ctl" boot-all >"$TMP/boot" &
boot=$!
put "$MNT/ctl" 'shutdown-all 30' >/dev/null
wait $boot
put "$MNT/ctl" 'shutdown-all 30' >/dev/null
is "$(all)" 'halted halted halted configured ' 'a shutdown-all behind a boot-all'

# autoboot, over daemons that die
exec 8<&-
ok 'a mount' remount
exec 8<"$MNT/event"
case $(cat "$ZONES/c/state") in
running) ;;
*)
	kill -9 "$(daemon_pid)"
	await 8 '/c running\n' >/dev/null
	;;
esac
exec 8<&-
for n in a b c; do
	until_state "$ZONES/$n" running
	report $? "autoboot: $n is up"
done
is "$(cat "$ZONES/d/state")" configured 'and one without is not'
put "$MNT/ctl" halt-all >/dev/null
kill -9 "$(daemon_pid)"
is "$(all)" 'halted halted halted configured ' 'what was halted is not booted by the next daemon'
finish
