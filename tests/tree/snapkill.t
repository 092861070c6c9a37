#!/bin/sh
# Snapshots over kill -9 of the daemon, of its workers and of the helper, and on a full disk.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a SN=$ZONES/a/snapshot ROOTS=$TMP/state/roots
mkdir "$Z"
killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}
freed() { # COMMAND...: comes back when all that it leaves is deleted
	exec 8<"$Z/event"
	"$@" && await 8 ' freed' >/dev/null
	_rc=$?
	exec 8<&-
	return $_rc
}
back() { put "$Z/ctl" "rollback $1"; }
layers() { find "$ROOTS"/*.snapshots -mindepth 1 -maxdepth 1 -printf '%f\n' | wc -l; }
links() { find "$ROOTS" -name f1 -printf '%n\n' | sort -u; }
files() { inside "$Z" 'cd /root; ls | wc -l; cat f1 f2000 new 2>/dev/null' | tr '\n' ' '; }
inside "$Z" 'cd /root; for i in $(seq 2000); do echo $i >f$i; done' >/dev/null

# Whose request a daemon had that died: made once, and kept
mkdir "$SN/a"
inside "$Z" 'cd /root; rm f1; echo new >new; echo x >f1; seq 10 >f2000' >/dev/null
was=$(files)
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	try mkdir "$SN/k$i" >"$TMP/answer" & asks=$!
	killed
	wait $asks
	case $(cat "$TMP/answer") in ok) [ -d "$SN/k$i" ] ;; EINTR) ;; *) false ;; esac || echo "$i: $(cat "$TMP/answer")"
done >"$TMP/bad"
is "$(cat "$TMP/bad")" '' 'mkdir and kill -9 of the daemon, ten times'
is "$(files)" "$was" 'no file has changed'
i=0
while [ $i -lt 10 ]; do
	i=$((i + 1))
	[ ! -d "$SN/k$i" ] || rmdir "$SN/k$i" & asks=$!
	killed
	wait $asks
done 2>"$TMP/bad"
rmdir "$SN"/k* 2>/dev/null
# two are left: what a has, and what came later
exec 7<"$Z/event"
mkdir "$SN/last"
rmdir "$SN/last"
await 7 ' freed' >/dev/null
exec 7<&-
is "$(files)|$(layers)" "$was|1" 'rmdir and kill -9 of the daemon, ten times'
is "$(back a) $(files)" 'ok 2000 1 2000 ' 'the first is as it was'
inside "$Z" 'cd /root; rm f1; echo new >new; echo x >f1; seq 10 >f2000' >/dev/null

# A worker stands still over the merge while daemons come and go
freed() { timeout 60 sh -c "until [ \$(find $ROOTS/*.snapshots -mindepth 1 -maxdepth 1 | wc -l) = $1 ]; do sleep 0.05; done"; }
worker=$(children "$(helper_pid)" warren-worker)
kill -STOP "$worker"
rmdir "$SN/a"
ok 'the daemon dies over a merge' killed
ok 'the next one merges' freed 1
kill -CONT "$worker"
gone "$worker"
is "$(files)|$(layers)|$(links)" "$was|1|1" 'a worker that comes late leaves nothing'
mkdir "$SN/b"
inside "$Z" 'cd /root; rm new' >/dev/null
was=$(files)
worker=$(children "$(helper_pid)" warren-worker)
kill -STOP "$worker"
rmdir "$SN/b"
kill -9 "$worker" && gone "$worker"
is "$(files)" "$was" 'a worker is killed over a merge: all files are there'
ok 'after the next halt it is done' freed 1
is "$(files)|$(layers)|$(links)" "$was|1|1" 'and nothing is left of it'
mkdir "$SN/c"
inside "$Z" 'cd /root; echo c >new' >/dev/null
was=$(files)
worker=$(children "$(helper_pid)" warren-worker)
kill -STOP "$worker"
rmdir "$SN/c"
is "$(files)" "$was" 'a boot waits for no merge'
inside "$Z" 'cd /root; echo d >new' >/dev/null
was=$(files)
kill -CONT "$worker"
ok 'which is done over' freed 1
is "$(files)|$(layers)|$(links)" "$was|1|1" 'with the files of later'
mkdir "$SN/d"
inside "$Z" 'cd /root; echo e >new' >/dev/null
was=$(files)
rmdir "$SN/d"
remount
ok 'umount over a merge' freed 1
is "$(files)|$(layers)|$(links)" "$was|1|1" 'and all is there'

# Two at once
(for i in 1 2 3 4 5 6 7 8; do mkdir "$SN/x$i"; done) 2>"$TMP/x" & one=$!
(for i in 1 2 3 4 5 6 7 8; do mkdir "$SN/y$i"; rmdir "$SN/y$i"; done) 2>"$TMP/y" & two=$!
for i in 1 2 3 4; do put "$Z/ctl" boot; put "$Z/ctl" halt; done >"$TMP/put"
wait $one $two
rmdir "$SN"/* 2>/dev/null
put "$Z/ctl" halt >"$TMP/put"
ok 'made, dropped and booted at once' freed 1
is "$(files)|$(ls "$SN")" "$was|help" 'changes no file'

# A full disk
put "$Z/ctl" destroy >"$TMP/put"
unmount && gone "$(helper_pid)"
rm -rf "$TMP/state"
mkdir "$TMP/state"
mount -t tmpfs -o size=3M,mode=755 tmpfs "$TMP/state" || skip_all 'this host makes no tmpfs'
trap 'cleanup; umount -l "$TMP/state" 2>/dev/null; rm -rf --one-file-system "$TMP"' EXIT
mount_tree
mkdir "$Z"
inside "$Z" 'cd /root; echo 1 >f1; mkdir d' >/dev/null
mkdir "$SN/a"
inside "$Z" 'cd /root; echo 2 >f1; echo new >new; rmdir d' >/dev/null
was=$(files)
n=0
while head -c 4096 /dev/zero >"$TMP/state/more.$n" 2>"$TMP/err"; do n=$((n + 1)); done
is "$(try mkdir "$SN/b") $(ls "$SN" | tr '\n' ' ')" 'ENOSPC a help ' 'no room: none is made'
like "$(cat "$Z/error")" '^mkdir: no space left' 'and it says so'
rolled=$(back a)
rm "$TMP/state"/more.*
is "$rolled $(files)" "ENOSPC $was" 'nor gone back to, and no file has changed'
is "$(try mkdir "$SN/b") $(back a) $(files)" 'ok ok 2 1 ' 'with room both are done'
is "$(back b) $(files)" "ok $was" 'both'
unmount && gone "$(helper_pid)"
umount "$TMP/state"
mount_tree
finish
