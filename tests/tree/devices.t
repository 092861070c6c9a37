#!/bin/sh
# devices: nodes of the host's in a zone, at the boot and live, and for whom.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a X=$ZONES/a/exec
U=54321
as_put() { printf %s "$3" | AS=$1 try write "$2"; }
said() { # SCRIPT: what a job in the zone prints, its errors too
	mkdir "$X/t" && put "$X/t/cmd" "exec 2>&1
$1" >"$TMP/put" && cat "$X/t/stdout"
	rmdir "$X/t"
}
mkdir "$Z"
mounts=$(cut -d' ' -f3-6 /proc/self/mountinfo | grep -vF /tmp/)

# Two of our own, which are harmless: /dev/full and /dev/zero by other names
some=/dev/warren-some.$$
trap 'rm -f $some.full $some.zero; cleanup' EXIT
mknod $some.full c 1 7 && mknod $some.zero c 1 5 && chmod 666 $some.full $some.zero || skip_all 'this host lets nobody make nodes in /dev'

# What is taken
is "$(stat -c '%a %U' "$Z/devices")" '600 root' 'devices is for root alone'
is "$(cat "$Z/devices")" '' 'none at first'
accepted "$Z/devices" "$some.full rw
$some.zero r"
for v in /dev/full '/dev/full x' '/dev/full rw rw' 'dev/full rw' '/etc/passwd r' '/dev rw' '/dev/ rw' '/dev/../dev/full rw' \
	'/device rw' '/dev/full wr' '/dev/shm rw' '/dev/fd/0 rw' '/dev/null rw' '/dev/console rw' '/dev/ptmx rw' '/dev/disk rw'; do
	refused "$Z/devices" "$v" 'EINVAL ENOENT'
done
refused "$Z/devices" '/dev/x rw
/dev/x r' EINVAL twice
refused "$Z/devices" /dev/nosuch\ rw ENOENT nosuch
refused "$Z/devices" "$(seq -f '/dev/x%.0f r' 1 65)" ERANGE
accepted "$Z/devices" none ''

# A device of our own, which the zone has none of: loop-control's number, or full's where there is none
dev=/dev/loop-control number=10:237
[ -c $dev ] || { dev=/dev/warren-test.$$ number=1:7 && mknod $dev c 1 7 && chmod 600 $dev && trap 'rm -f $dev $some.full $some.zero; cleanup' EXIT; }
put "$Z/devices" "$dev rw" >"$TMP/put"
is "$(put "$Z/ctl" boot)" ok 'it boots with one' || diag "$(cat "$Z/error")"
is "$(said "stat -c '%Hr:%Lr %u %a' $dev; exec 3<>$dev && echo open")" "$number 0 600
open" "it is the zone's root's, who opens it"
pid=$(pid_of "$Z")
is "$(put "$Z/devices" none) $(said "ls $dev; stat -c %h /dev >/dev/null")" "ok ls: cannot access '$dev': No such file or directory" 'live: it goes'
is "$(put "$Z/devices" "$dev r") $(said "exec 3<$dev && echo opened") $(pid_of "$Z")" "ok opened $pid" 'and comes'
like "$(said "exec 3>$dev && echo opened; chmod 666 $dev; exec 3>$dev && echo opened")" 'denied' 'r is for reading alone'
unlike "$(said "chmod 666 $dev; chown 0 $dev; mv $dev /dev/y; ln $dev /dev/z; exec 3>$dev && echo opened")" opened 'whatever its root tries'
put "$Z/devices" "$dev w" >"$TMP/put"
unlike "$(said "chmod 666 $dev; exec 3<$dev && echo opened")" opened 'w is for writing alone'
# What is open stays open; what was named otherwise does not
put "$Z/devices" "$dev rw" >"$TMP/put"
mkdir "$X/holder"
put "$X/holder/cmd" "exec 3<>$dev; ln $dev /dev/kept; mv $dev /dev/kept2; cp -a $dev /dev/kept3; echo ready; read x; stat -Lc %t:%T /proc/self/fd/3; for f in /dev/kept /dev/kept2 /dev/kept3 $dev; do (exec 4<>\$f) 2>/dev/null && [ -c \$f ] && echo has \$f; done" >"$TMP/put"
exec 7<"$X/holder/stdout"
await 7 ready >"$TMP/await"
put "$Z/devices" none >"$TMP/put"
put "$X/holder/stdin" x >"$TMP/put"
put "$X/holder/stdin" '
' >"$TMP/put"
is "$(cat "$X/holder/wait"; sed 1d "$X/holder/stdout")" "exited 1
$(stat -c %t:%T $dev)" 'what is open stays open, no other name opens it'
exec 7<&-
rmdir "$X/holder"
is "$(said 'mknod /dev/m c 1 7; [ -e /dev/m ] && echo made')" 'mknod: /dev/m: Operation not permitted' 'the zone makes none'

# A link where it shall be
said "ln -sf /etc/passwd $dev; ln -s / /dev/dir" >"$TMP/out"
case $(put "$Z/devices" "$dev rw") in ok) false ;; *) true ;; esac
report $? 'a link of the zone is no place for it'
is "$(said "rm $dev; head -c 4 /etc/passwd")" root 'nor what it leads to'
is "$(put "$Z/devices" "$dev rw") $(put "$Z/devices" none)" 'ok ok' 'without the link it is'

# As a user
try chown $U "$Z/devices" >"$TMP/put"
chmod 600 $dev 2>/dev/null
is "$(as_put $U "$Z/devices" "$dev r")" EACCES 'a user names none that he may not open'
like "$(cat "$Z/error")" "^devices: open $dev as user $U: .*ermission" 'and that is said'
is "$(as_put $U "$Z/devices" "$some.full rw")" ok 'what is open to all he may'
ln -s $dev "/dev/shm/warren.$$" 2>/dev/null
is "$(as_put $U "$Z/devices" "/dev/shm/warren.$$ rw")" EACCES 'nor by a link'
rm -f "/dev/shm/warren.$$"
if mknod "/dev/shm/node.$$" c 1 7 2>/dev/null; then
	chmod 666 "/dev/shm/node.$$"
	if grep -q ' /dev/shm [^ ]*nodev' /proc/self/mountinfo; then
		is "$(as_put $U "$Z/devices" "/dev/shm/node.$$ rw")" EPERM 'nor where devices do not count'
	else
		skip '/dev/shm is not nodev here' 'a device where devices do not count'
	fi
	rm -f "/dev/shm/node.$$"
fi
put "$Z/devices" "$dev rw" >"$TMP/put"
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(cat "$Z/devices") $(put "$Z/devices" none) $(said "ls $dev")" "$dev rw ok ls: cannot access '$dev': No such file or directory" 'the daemon after a killed one takes it away'
is "$(put "$Z/ctl" halt) $(cut -d' ' -f3-6 /proc/self/mountinfo | grep -vF /tmp/)" "ok $mounts" "the host's mounts are as before"
rm -f "/dev/warren-test.$$" $some.full $some.zero
finish
