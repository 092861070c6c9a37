#!/bin/sh
# destroy in ctl: what rmdir does, for whoever may rmdir.
. "$(dirname "$0")/lib.sh"
setup
U=4321 Z=$ZONES/a
mkdir "$Z" "$VMS/v" "$MNT/images/i" "$TMP/root"
why() { cat "$1/error"; }

# --- zones and VMs ---
exec 7<"$MNT/event"
put "$Z/meta/note" x >/dev/null
is "$(put "$Z/ctl" boot)$(put "$Z/ctl" destroy) $(why "$Z")" 'okENOTEMPTY ctl: it is running: halt it first' 'a zone that runs is not destroyed'
like "$(cat "$Z/state") $(grep -c destroy "$Z/ctl")" '^running 0$' 'and ctl does not list it'
is "$(put "$Z/ctl" halt)$(put "$Z/ctl" 'destroy now') $(why "$Z" | cut -d: -f1-2)" 'okEINVAL ctl: destroy has the wrong number of words' 'it takes no words'
like "$(cat "$Z/ctl")" '^# destroy$' 'what does not run lists it'
id=$(key "$Z/status" id)
is "$(put "$Z/ctl" destroy) $(try rmdir "$Z") $(find "$TMP/state" -name "$id*")" 'ok ENOENT ' 'destroy destroys a zone and all it owns'
is "$(put "$VMS/v/ctl" destroy) $(find "$VMS" -mindepth 1 ! -name help)" 'ok ' 'and a VM'
is "$(await 7 'zones/a destroyed' 'vms/v destroyed' | grep -c destroyed)" 2 'with an event each'
exec 7<&-
is "$(try mkdir "$Z")$(put "$Z/ctl" 'halt
destroy
boot')" okENOENT 'what follows it is refused'
is "$(try rmdir "$Z")" ENOENT 'and it is destroyed'
mkdir "$Z"
is "$(put "$Z/ctl" 'boot
halt
destroy
') $(try rmdir "$Z")" 'ok ENOENT' 'a whole life in one write'

# --- who may ---
mkdir "$Z" && chown $U "$Z" "$Z/ctl"
is "$(AS=$U put "$Z/ctl" destroy) $(why "$Z")" "EACCES ctl: zones/ is not yours to write: ask its owner to remove it" 'he who may not write zones/ may not destroy'
is "$(AS=$U try rmdir "$Z")" EACCES 'as with rmdir'
chmod 1777 "$ZONES" && chown 0 "$Z"
is "$(AS=$U put "$Z/ctl" destroy) $(AS=$U try rmdir "$Z")" 'EPERM EPERM' 'where zones/ is sticky, only his own'
chown $U "$Z"
is "$(AS=$U put "$Z/ctl" destroy) $(try rmdir "$Z")" 'ok ENOENT' 'that he may'
chmod 755 "$ZONES"
mkdir "$Z" && chown $U "$Z/ctl" && chgrp 77 "$ZONES" && chmod 775 "$ZONES"
is "$(AS=$U put "$Z/ctl" destroy) $(AS=$U AS_GROUPS='4321 77' put "$Z/ctl" destroy)" 'EACCES ok' 'a group that may write zones/ may'
chmod 755 "$ZONES"

# --- jobs ---
mkdir "$Z" "$Z/exec/j" && put "$Z/ctl" boot >/dev/null
is "$(put "$Z/exec/j/ctl" destroy) $(try rmdir "$Z/exec/j")" 'ok ENOENT' 'a job that was not started'
mkdir "$Z/exec/j" && put "$Z/exec/j/cmd" 'exec sleep 10000' >/dev/null
is "$(wc -l <"$Z/procs")" 2 'one that runs, beside the init'
is "$(put "$Z/exec/j/ctl" 'destroy') $(try rmdir "$Z/exec/j") $(wc -l <"$Z/procs")" 'ok ENOENT 1' 'is killed and goes'
mkdir "$Z/exec/j" && put "$Z/exec/j/cmd" 'sleep 10000' >/dev/null
is "$(put "$Z/exec/j/ctl" 'destroy
kill TERM') $(try rmdir "$Z/exec/j")" 'ENOENT ENOENT' 'what follows is refused'

# --- images ---
if grep -q '^images usable' "$MNT/host" && cp /bin/true "$TMP/root"; then
	is "$(put "$MNT/images/i/ctl" "import $TMP/root")$(put "$Z/ctl" halt)$(put "$Z/image" i)" okokok 'an image that a zone uses'
	is "$(put "$MNT/images/i/ctl" destroy) $(why "$MNT/images/i")" 'ENOTEMPTY ctl: zones/a uses it: give that another, or remove it first' 'stays'
	put "$Z/image" host >/dev/null
	is "$(put "$MNT/images/i/ctl" destroy) $(try rmdir "$MNT/images/i") $(ls "$TMP/state/images")" 'ok ENOENT ' 'one that none uses goes'
	mkdir "$MNT/images/i"
	is "$(put "$MNT/images/i/ctl" 'remove
import /etc') $(try rmdir "$MNT/images/i")" 'ENOENT ENOENT' 'what follows is refused'
else
	skip "$(key "$MNT/host" images)" 'images'
fi

# --- the daemon dies over it ---
for i in 1 2 3 4 5; do
	mkdir "$ZONES/k$i" || break
	(put "$ZONES/k$i/ctl" destroy >"$TMP/k$i") &
	kill -9 "$(daemon_pid)"
	wait $!
done
rmdir "$ZONES"/k* 2>/dev/null
is "$(find "$ZONES" -name 'k*') $(cat "$TMP"/k[1-5] | sort -u | grep -cvE 'ok|ENOENT')" ' 0' 'over a kill of the daemon it is done, or can be done again'
finish
