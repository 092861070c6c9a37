#!/bin/sh
# Owner and mode decide: what an ordinary user may do before and after root gives something away.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
U=54321 OTHER=54322
mkdir "$Z" "$ZONES/b" "$VMS/v"
as() { _as=$1 && shift && AS=$_as try "$@"; }
as_put() { printf %s "$3" | AS=$1 try write "$2"; }

# Before
is "$(as $U read "$MNT/host") $(as $U read "$Z/state") $(as $U read "$Z/cpu.cap")" 'ok ok ok' 'a user may look'
for f in ctl config console log; do
	is "$(as $U read "$Z/$f")" EACCES "but not read $f"
done
for f in ctl config console cpu.cap memory.max init hostname env autoboot; do
	is "$(as_put $U "$Z/$f" x)" EACCES "nor write $f"
done
is "$(as_put $U "$MNT/ctl" halt-all)" EACCES "nor the root's ctl"
is "$(as $U mkdir "$ZONES/mine") $(as $U mkdir "$VMS/mine")" 'EACCES EACCES' 'nor make a zone or a VM'
is "$(as $U rmdir "$ZONES/b") $(as $U rename "$ZONES/b" "$ZONES/mine")" 'EACCES EACCES' 'nor remove or rename one'
is "$(as $U chown $U "$Z/ctl") $(as $U chmod 666 "$Z/ctl")" 'EPERM EPERM' 'nor give it to himself'
is "$(as $U truncate 0 "$Z/cpu.cap")" EACCES 'nor truncate'

# root delegates
is "$(try chown $U "$Z/ctl")$(try chown $U "$Z/console")$(try chown $U "$Z/init")" okokok 'root gives ctl, console and init away'
is "$(as_put $U "$Z/init" /bin/sh) $(as_put $U "$Z/ctl" boot) $(cat "$Z/state")" 'ok ok running' 'the user boots the zone'
exec 7<"$Z/console"
is "$(as_put $U "$Z/console" 'echo typed$((1+1))
')" ok 'and types'
ok 'to it' await 7 typed2
exec 7<&-
is "$(as_put $OTHER "$Z/ctl" halt)" EACCES 'another user does not'
for f in cpu.cap cpu.shares cpu.set memory.max pids.max; do
	is "$(as_put $U "$Z/$f" 10)" EACCES "$f stays root's"
done
is "$(as_put $U "$Z/config" cpu.cap=10)" EACCES 'config too'
is "$(as $U chmod 660 "$Z/ctl") $(stat -c %a "$Z/ctl")" 'ok 660' 'the owner may change the mode'
is "$(as $U chown $OTHER "$Z/ctl")" EPERM 'but give nothing away'
is "$(as_put $U "$ZONES/b/ctl" boot)" EACCES "no other zone is the user's"

# config of somebody's own does not reach what is not his
try chown $U "$Z/config" >/dev/null
case $(as_put $U "$Z/config" cpu.cap=10) in EPERM | EACCES) true ;; *) false ;; esac
report $? "whoever owns config does not own cpu.cap"
is "$(cat "$Z/cpu.cap")" none 'which is as it was'
is "$(as_put $U "$Z/config" init=/bin/sh)" ok 'but init'
try chown 0 "$Z/config" >/dev/null
is "$(try chown $U "$Z/cpu.cap") $(as_put $U "$Z/cpu.cap" 44) $(cat "$Z/cpu.cap")" 'ok ok 44' 'a limit that root gives away is the user'\''s'

# A directory that is shut, a mode that opens
chmod 700 "$ZONES/b"
is "$(as $U read "$ZONES/b/state")" EACCES 'a directory that is shut'
chmod 644 "$Z/log"
is "$(as $OTHER read "$Z/log")" ok 'a log that is open'

# It all persists
ok 'umount and mount' remount
is "$(as_put $U "$Z/ctl" halt) $(cat "$Z/state")" 'ok halted' 'the user halts it after a mount'
is "$(stat -c '%a %u' "$Z/ctl" "$ZONES/b" "$Z/log" "$Z/cpu.cap" | tr '\n' ' ')" "660 $U 700 0 644 0 644 $U " 'owners and modes are kept'
put "$Z/ctl" halt >/dev/null
rmdir "$Z"
mkdir "$Z"
is "$(stat -c '%a %u' "$Z/ctl")" '600 0' 'and not inherited by the next of that name'

# A host path is opened as the user who wrote it, whoever boots
if ! command -v "qemu-system-$(uname -m)" >/dev/null || [ ! -e "$WARREN_BUILD/guests/hello" ]; then
	skip 'no QEMU or no guest' 'host paths'
else
	V=$VMS/v
	install -m 600 "$WARREN_BUILD/guests/hello" "$TMP/secret"
	install -m 644 "$WARREN_BUILD/guests/hello" "$TMP/open"
	put "$V/accel" tcg >/dev/null
	try chown $U "$V/kernel" >/dev/null
	is "$(as_put $U "$V/kernel" "$TMP/open")$(put "$V/ctl" boot)$(put "$V/ctl" halt)" okokok "a file that the user may read" || diag "$(cat "$V/error")"
	got=$(as_put $U "$V/kernel" "$TMP/secret")
	[ "$got" != ok ] || got=$(put "$V/ctl" boot)
	case $got in EIO | EACCES | EPERM) true ;; *) diag "$got" && false ;; esac
	report $? "one that he may not: not even when root boots"
	like "$(cat "$V/error")" 'ermission|not allowed|may not' 'and the reason'
	is "$(put "$V/kernel" "$TMP/secret")$(put "$V/ctl" boot)" okok 'root may name it' || diag "$(cat "$V/error")"
fi
finish
