#!/bin/sh
# Snapshots of zones that are halted: made, gone back to, dropped, in any order.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a SN=$ZONES/a/snapshot
ROOTS=$TMP/state/roots
mkdir "$Z"
# freed ZONE COMMAND...: does it, and comes back when all that it leaves is deleted
freed() {
	exec 8<"$1/event"
	shift
	"$@" && await 8 ' freed' >/dev/null
	_rc=$?
	exec 8<&-
	return $_rc
}
layers() { for _l in "$ROOTS"/*.snapshots/*; do [ -e "$_l" ] && echo "${_l##*/}"; done | wc -l; }

is "$(ls -a "$SN" | tr '\n' ' ')" '. .. help ' 'a zone has none'
like "$(cat "$SN/help")" 'mkdir NAME' 'its help says how to make one'
inside "$Z" 'echo one >/root/f; mkdir /root/d; echo x >/root/d/x; ln /root/f /root/hard; chmod 2750 /root/d' >/dev/null
exec 7<"$Z/event"
is "$(try mkdir "$SN/one") $(ls "$SN" | tr '\n' ' ')" 'ok help one ' 'mkdir makes one'
await 7 'snapshot name=one' >"$TMP/seen"
like "$(cat "$TMP/seen")" 'zones/a snapshot name=one' 'with an event'
exec 7<&-
among "$(($(date +%s) - 30))" "$(cat "$SN/one/created")" "$(date +%s)" 'created is when'
is "$(inside "$Z" 'cat /root/f /root/d/x; stat -c %a /root/d')" 'one
x
2750' 'its files are still there'
inside "$Z" 'echo two >/root/f; rm -r /root/d; mkdir /root/d; echo y >/root/d/y; echo e >/etc/made; echo v >/var/lib/v' >/dev/null
mkdir "$SN/two"
inside "$Z" 'echo three >/root/f; rm /root/d/y; rm /etc/made' >/dev/null
mkdir "$SN/three"
LOOK='cat /root/f /root/hard; find /root/d /etc/made /var/lib/v 2>/dev/null | sort'
is "$(inside "$Z" "$LOOK" | tr '\n' ' ')" 'three one /root/d /var/lib/v ' 'three deep'

# Back
back() { put "$Z/ctl" "rollback $1"; }
looks() { [ "$(inside "$Z" "$LOOK" | tr '\n' ' ')" = "$1" ] || diag "$(inside "$Z" "$LOOK")"; }
AT1='one one /root/d /root/d/x ' AT2='two one /etc/made /root/d /root/d/y /var/lib/v ' AT3='three one /root/d /var/lib/v '
is "$(back one)" ok 'rollback'
ok 'its files are as they were' looks "$AT1"
is "$(ls "$SN" | tr '\n' ' ')" 'help one three two ' 'the newer ones stay'
inside "$Z" 'echo branch >/root/f; echo b >/root/d/b' >/dev/null
is "$(back two)" ok 'and one goes back to a newer one'
ok 'its files, too' looks "$AT2"
is "$(back three)" ok 'to each of them'
ok 'its files, too' looks "$AT3"
exec 7<"$Z/event"
is "$(back two) $(back two)" 'ok ok' 'twice in a row'
like "$(await 7 'rollback name=two' 'rollback name=two')" 'zones/a rollback' 'with events'
exec 7<&-
ok 'is the same' looks "$AT2"
put "$Z/hostname" other >"$TMP/put"
uuid=$(cat "$Z/uuid")
is "$(back one) $(cat "$Z/hostname") $([ "$(cat "$Z/uuid")" = "$uuid" ] && echo same)" 'ok other same' 'settings and number stay'

# Dropped. Two lines go on from one and from two: those layers stay until there is but one
is "$(back two) $(try rmdir "$SN/two") $(ls "$SN" | tr '\n' ' ')" 'ok ok help one three ' 'rmdir of one that two lines go on from'
ok 'changes no file' looks "$AT2"
ok 'that one of them ends' freed "$Z" put "$Z/ctl" 'rollback three'
ok 'changes none of the other' looks "$AT3"
ok 'the first is dropped' freed "$Z" rmdir "$SN/one"
ok 'and no file changes' looks "$AT3"
inside "$Z" 'echo four >/root/f' >/dev/null
is "$(back three)" ok 'the last is gone back to'
ok 'as it was' looks "$AT3"
ok 'and dropped' freed "$Z" rmdir "$SN/three"
ok 'and no file changes' looks "$AT3"
is "$(inside "$Z" 'stat -c %a /root /var/mail /var/tmp' | tr '\n' ' ')" '700 755 1777 ' 'nor a mode'
is "$(layers) $(find "$ROOTS" -name f | wc -l) $(find "$ROOTS" -type c | wc -l)" '1 1 0' 'one layer is left, without whiteouts'

# What is refused
mkdir "$SN/s"
is "$(try mkdir "$SN/s")" EEXIST 'a name is given once'
for n in .x -x 'a b' a~; do is "$(try mkdir "$SN/$n")" EINVAL "no snapshot is called $n"; done
is "$(try symlink x "$SN/x") $(try rename "$SN/s" "$SN/t")" 'EPERM EPERM' 'there are no files in it, and names stay'
is "$(try mkdir "$SN/help") $(try rmdir "$SN/none")" 'EEXIST ENOENT' 'nor others'
refused "$Z/ctl" rollback EINVAL
refused "$Z/ctl" 'rollback a b' EINVAL
refused "$Z/ctl" 'rollback none' ENOENT '"none" is no snapshot of it: ls snapshot'
refused "$Z/ctl" 'rollback ../s' ENOENT
refused "$Z/ctl" 'revert s' EINVAL 'rollback\?'
is "$(AS=4321 try mkdir "$SN/x") $(AS=4321 try rmdir "$SN/s") $(AS=4321 try read "$SN/s/created")" 'EACCES EACCES ok' 'another user may look'
put "$Z/init" 'sleep 10000' >"$TMP/put"
put "$Z/ctl" boot >"$TMP/put"
is "$(try mkdir "$SN/t") $(ls "$SN" | tr '\n' ' ')|$(cat "$Z/error")" 'EOPNOTSUPP help s |t: it is running: halt it first' 'of one that runs: halt it first'
refused "$Z/ctl" 'rollback s' EEXIST 'it is running: halt it first'
is "$(try rmdir "$SN/s")" ok 'but it can be dropped while it runs'
ok 'what it leaves goes when it halts' freed "$Z" put "$Z/ctl" halt
is "$(layers)" 1 'all of it'
chown 4321 "$Z/ctl" "$SN"
is "$(AS=4321 try mkdir "$SN/x") $(stat -c %u "$SN/x") $(AS=4321 try rmdir "$SN/x")" 'ok 4321 ok' 'a directory can be given away'

mkdir "$SN/y"
chown 4322 "$SN"
is "$(ls "$SN" | tr '\n' ' ') $(stat -c %u "$SN/y") $(try rmdir "$SN/y")" 'help y  4322 ok' 'with what is in it'
# Of a zone that never ran; and the zone is renamed
mkdir "$ZONES/n" "$ZONES/n/snapshot/empty"
inside "$ZONES/n" 'echo there >/root/f' >/dev/null
is "$(try rename "$ZONES/n" "$ZONES/m") $(ls "$ZONES/m/snapshot" | tr '\n' ' ')" 'ok empty help ' 'a zone is renamed with its snapshots'
is "$(put "$ZONES/m/ctl" 'rollback empty') $(inside "$ZONES/m" 'ls /root; stat -c %a /var/tmp')" 'ok 1777' 'one of a new zone'
remount
is "$(ls "$ZONES/m/snapshot" | tr '\n' ' ') $(put "$ZONES/m/ctl" 'rollback empty') $(inside "$ZONES/m" 'ls /root; echo x >/root/x')" 'empty help  ok ' 'they outlive an umount'
ok 'destroy' rmdir "$ZONES/m"
is "$(find "$ROOTS" -maxdepth 1 -name '*.snapshots' | wc -l)" 1 'takes all layers along'

# Each line of a command waits for the one before
for i in 1 2 3 4 5 6; do
	mkdir "$ZONES/l" && put "$ZONES/l/init" "sh -c 'echo x >/root/x'" && mkdir "$ZONES/l/snapshot/x" "$ZONES/l/snapshot/y"
	put "$ZONES/l/ctl" 'rollback x
boot
halt
rollback y
destroy'
	ls "$ZONES" | grep l$
done | tr '\n' ' ' >"$TMP/lines"
is "$(cat "$TMP/lines") $(find "$ROOTS" -maxdepth 1 -name '*.snapshots' | wc -l)" 'okokokokokokokokokokokok 1' 'rollback, boot, halt, rollback and destroy in one write'

# Many
for i in $(seq 100); do
	mkdir "$SN/n$i"
	[ $((i % 25)) -ne 0 ] || inside "$Z" "echo $i >/root/n$i" >/dev/null
done
is "$(inside "$Z" 'cd /root; cat n25 n50 n75 n100' | tr '\n' ' ')" '25 50 75 100 ' 'a hundred deep'
is "$(back n60) $(inside "$Z" 'cd /root; ls n*' | tr '\n' ' ')" 'ok n25  n50 ' 'and back by forty'
for i in $(seq 101 128); do mkdir "$SN/n$i"; done
is "$(try mkdir "$SN/more") $(cat "$Z/error")" 'ENOSPC more: there are 128 snapshots in it already: remove one' '128 are the most'
exec 7<"$Z/event"
for i in $(seq 128); do rmdir "$SN/n$i"; done
await 7 'dropped name=n128' ' freed' >/dev/null
exec 7<&-
is "$(inside "$Z" 'cd /root; ls n*' | tr '\n' ' ')|$(layers)" 'n25  n50 |1' 'and one layer is left'
finish
