#!/bin/sh
# meta/: small plain files that behave as on a disk.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a M=$ZONES/a/meta
killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}
mkdir "$Z" "$VMS/v"
is "$(stat -c '%F %a' "$M" "$VMS/v/meta")" 'directory 755
directory 755' 'in zones and VMs'

# Written
umask 027
echo hello >"$M/note"
is "$(cat "$M/note") $(stat -c '%F %a %s %h' "$M/note")" 'hello regular file 640 6 1' 'a file, with the mode asked for'
is "$(stat -c %h "$M" "$VMS/v/meta" | tr '\n' ' ')" '2 2 ' 'files are no links to their directory'
umask 022
echo more >>"$M/note"
is "$(cat "$M/note")" 'hello
more' 'it grows'
printf EL | dd of="$M/note" bs=1 seek=1 conv=notrunc 2>/dev/null
is "$(cat "$M/note")" 'hELlo
more' 'a write goes to its place'
echo short >"$M/note"
is "$(cat "$M/note")" short 'it is cut off'
truncate -s 8 "$M/note"
is "$(od -An -tx1 "$M/note" | tr -d ' ')" 73686f72740a0000 'and filled up with zeros'
# every byte there is; a line that begins with # and blanks are kept, too
perl -e 'print map(chr, 0 .. 255), "# x \n\n  "' >"$TMP/bytes"
cp "$TMP/bytes" "$M/bytes"
ok 'any byte' cmp "$TMP/bytes" "$M/bytes"
ok 'cp out of it' cp "$M/bytes" "$TMP/copy"
ok 'is the same' cmp "$TMP/bytes" "$TMP/copy"
echo tee | tee -a "$M/note" "$M/tee" >/dev/null
is "$(cat "$M/tee")" tee tee
perl -pi -e 's/tee/perl/' "$M/tee"
is "$(cat "$M/tee") $(ls "$M" | tr '\n' ' ')" 'perl bytes note tee ' 'an editor writes beside and renames'
perl -e 'open F, "+<", $ARGV[0] or die; sysread F, $a, 2; sysseek F, 0, 0; syswrite F, "P"; sysread F, $b, 9; print "$a $b"' "$M/tee" >"$TMP/rw"
is "$(cat "$TMP/rw")" 'pe erl' 'read and written by one descriptor'
for _ in 1 2 3 4; do
	(for _ in 1 2 3 4 5 6 7 8 9 10; do echo line >>"$M/log"; done) &
done
wait
is "$(grep -c '^line$' "$M/log") $(wc -c <"$M/log")" '40 200' 'four append at once'

# Attributes
ino=$(stat -c %i "$M/note")
chmod 600 "$M/note" && chown 1234:99 "$M/note" && touch -d '2001-02-03 04:05:06 UTC' "$M/note"
is "$(stat -c '%a %u %g %Y' "$M/note")" '600 1234 99 981173106' 'owner, mode and time'
is "$(AS=4321 try read "$M/note") $(AS=1234 try read "$M/note")" 'EACCES ok' 'decide'
is "$(AS=4321 try create "$M/x")" EACCES 'as those of the directory do'
chown 1234 "$M"
is "$(AS=1234 try create "$M/mine") $(stat -c %u "$M/mine")" 'ok 1234' 'which can be given away'
is "$(AS=1234 try unlink "$M/mine")" ok 'with all rights'

# Renamed
is "$(try rename "$M/note" "$M/note2") $(stat -c %i "$M/note2")" "ok $ino" 'renamed'
is "$(try rename "$M/note2" "$M/tee") $(stat -c '%i %a %u' "$M/tee") $(ls "$M" | tr '\n' ' ')" "ok $ino 600 1234 bytes log tee " 'over another'
is "$(try rename "$M/tee" "$Z/tee") $(try rename "$Z/state" "$M/state")" 'EPERM EPERM' 'not out of it, nor into it'
is "$(try rename "$M/tee" "$VMS/v/meta/tee")" EPERM 'nor to another'
mv -n "$M/log" "$M/tee" 2>/dev/null
is "$(ls "$M" | tr '\n' ' ')" 'bytes log tee ' 'mv -n'

# Refused
why() { cut -d: -f1 "$Z/error"; }
is "$(try mkdir "$M/d") $(why)" 'EPERM d' 'a directory'
is "$(try symlink x "$M/l") $(try link "$M/tee" "$M/l") $(try mkfifo "$M/l")" 'EPERM EPERM EPERM' 'links and pipes'
long=$(printf %064d 0)
for n in .hidden -x 'a b' a~ "$long"; do
	is "$(try create "$M/$n" | sed 's/ENAMETOOLONG/EINVAL/')" EINVAL "the name $(printf %.9s "$n")"
done
is "$(try rename "$M/tee" "$M/.t") $(why) $(try rename "$M/tee" "$M/a~")" 'EINVAL meta/tee EINVAL' 'by renaming, too'
head -c 65537 /dev/zero >"$TMP/big"
is "$(try write "$M/tee" <"$TMP/big") $(stat -c %s "$M/tee") $(why)" 'EFBIG 12 meta/tee' 'more than 64 KiB: EFBIG, and it is as it was'
is "$(try truncate 65537 "$M/tee") $(stat -c %s "$M/tee")" 'EFBIG 12' 'nor by truncation'
truncate -s 65536 "$M/tee"
is "$(stat -c %s "$M/tee")" 65536 'as many may be'
is "$(printf x | perl -e 'open F, ">>", $ARGV[0] or die; print syswrite(F, "x") ? 0 : $!{EFBIG} ? 1 : 2' "$M/tee")" 1 'and no more'
head -c 65536 /dev/urandom >"$TMP/full"
ok 'a full one' cp "$TMP/full" "$M/full"
ok 'is right' cmp "$TMP/full" "$M/full"
perl -e 'for (4 .. 255) { open F, ">", "$ARGV[0]/f$_" or die "$_ $!" }' "$M"
report $? '256 files'
is "$(ls "$M" | wc -l) $(try create "$M/f256") $(why)" '256 ENOSPC f256' 'and no more'
rm "$M"/f[0-9]*
is "$(ls "$M" | tr '\n' ' ')" 'bytes full log tee ' 'removed'
is "$(try unlink "$M/none") $(try rmdir "$M/log") $(try unlink "$Z/state")" 'ENOENT ENOTDIR EPERM' 'what can not be removed'

# Kept
echo one >"$M/one"
ok 'kill -9 of the daemon' killed
is "$(cat "$M/one") $(stat -c '%i %a %u' "$M/tee")" "one $ino 600 1234" 'all is there'
ok 'a full one' cmp "$TMP/full" "$M/full"
exec 8>>"$M/one"
killed
echo two >&8
is "$(cat "$M/one")" 'one
two' 'an open file goes on'
exec 8>&-
if uname -r | awk -F. '{ exit !($1 < 6 || $1 == 6 && $2 + 0 < 9) }'; then
	skip 'this kernel sends no request again (before 6.9)' 'what is appended while daemons die is there once'
else
	perl -e 'open F, ">>", $ARGV[0] or die; for (1 .. 300) { syswrite F, "$_\n" or die "$_: $!\n" }' "$M/seq" 2>"$TMP/err" & client=$!
	killed && killed && killed
	wait $client
	is "$? $(cat "$TMP/err") $(md5sum <"$M/seq")" "0  $(seq 1 300 | md5sum)" 'what is appended while daemons die is there once'
fi
is "$(try rename "$Z" "$ZONES/b") $(cat "$ZONES/b/meta/one" | head -n 1)" 'ok one' 'it follows its zone'
Z=$ZONES/b M=$ZONES/b/meta
mkdir "$ZONES/c"
cat "$Z/config" >"$ZONES/c/config"
is "$(ls "$ZONES/c/meta" "$VMS/v/meta" | grep -v :)" '' 'nothing copies it'

# A daemon that dies between the two steps of a renaming: the file that went is there again
old=$(($(stat -c %i "$M/one") >> 16))
cp "$TMP/state/objects/$old" "$TMP/kept"
echo new >"$M/new"
mv "$M/new" "$M/one"
pids="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
unmount && gone $pids && cp -p "$TMP/kept" "$TMP/state/objects/$old" && chown warren "$TMP/state/objects/$old"
mount_tree
is "$(cat "$M/one") $(ls "$M" | grep -c one)" 'new 1' 'what was renamed over another stays'
ok 'and the other is gone' [ ! -e "$TMP/state/objects/$old" ]

# A full disk
pids="$(helper_pid) $(daemon_pid)"
ok 'umount' unmount
# shellcheck disable=SC2086  # several pids
gone $pids
mkdir "$TMP/small"
mount -t tmpfs -o size=160k,mode=755 tmpfs "$TMP/small"
full() { timeout 30 "$WARREN_BUILD/mount.warren" warren "$MNT" -o "state=$TMP/small/state,run=$TMP/run2,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null; }
ok 'a tree on a small disk' full
mkdir "$ZONES/a"
M=$ZONES/a/meta Z=$ZONES/a
echo text >"$M/f"
echo other >"$M/g"
echo g2 >"$M/h"
i=0
while [ $i -lt 200 ] && [ "$(try create "$M/fill$i")" = ok ] && [ "$(head -c 6000 /dev/zero | try write "$M/fill$i")" = ok ]; do
	i=$((i + 1))
done
among 1 $i 100 'a disk is filled'
is "$(head -c 9000 /dev/zero | try write "$M/f") $(cat "$M/f")" 'ENOSPC text' 'a full disk refuses a write, and the text is as it was'
case $(try rename "$M/g" "$M/h") in
ok) is "$(cat "$M/h")" other 'renamed on a full disk' ;;
*) is "$(cat "$M/g" "$M/h")" 'other
g2' 'a full disk refuses a renaming, and both are as they were' ;;
esac
rm "$M"/fill*
is "$(echo new | try write "$M/f") $(head -n 1 "$M/f")" 'ok new' 'room again'
pids="$(helper_pid) $(daemon_pid)"
ok 'umount' unmount
# shellcheck disable=SC2046,SC2086  # several pids
gone $pids $(leftovers)
umount "$TMP/small"
ok 'mount' mount_tree
is "$(try rmdir "$ZONES/b") $(try mkdir "$ZONES/d") $(find "$TMP/state/objects" -name '[1-9]*' | wc -l)" 'ok ok 3' 'rmdir of the zone takes them'
finish
