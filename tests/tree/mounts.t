#!/bin/sh
# mounts: host directories and files in a zone, at the boot and live; who may show what; a hostile zone.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a X=$ZONES/a/exec S=$TMP/share
U=54321 OTHER=54322
as_put() { printf %s "$3" | AS=$1 try write "$2"; }
said() { # SCRIPT [USER]: what a job in the zone prints, its errors too
	mkdir "$X/t" && { [ -z "${2-}" ] || put "$X/t/user" "$2" >"$TMP/put"; } &&
		put "$X/t/cmd" "exec 2>&1
$1" >"$TMP/put" && cat "$X/t/stdout"
	rmdir "$X/t"
}
mounts_of() { awk '{ print $3, $4, $5, $6 }' "/proc/$1/mountinfo"; }
shown() { awk -v t="$1" '$5 == t' "/proc/$(pid_of "$Z")/mountinfo" | wc -l; } # how often something is mounted there
host_mounts() { cut -d' ' -f3-6 /proc/self/mountinfo | grep -v -e ' /tmp/warrent' | grep -v ' /tmp/' ; cut -d' ' -f3-6 /proc/self/mountinfo | grep -F " $TMP" | grep -vF " $MNT "; }

mkdir "$Z" "$S" "$S/sub" "$TMP/mine" "$TMP/with blank" "$TMP/rooted"
echo hello >"$S/file"
echo 1000 >"$S/user" && chown 1000:1000 "$S/user"
echo secret >"$S/secret" && chmod 600 "$S/secret"
chown 1000:1000 "$TMP/mine"
host_mounts >"$TMP/host"

# --- what is taken ---------------------------------------------------------------------------

is "$(stat -c '%a %U' "$Z/mounts")" '600 root' 'mounts is for root alone'
is "$(cat "$Z/mounts")" '' 'none at first'
accepted "$Z/mounts" "$S /mnt/share ro
$TMP/mine /data rw"
accepted "$Z/mounts" "# a remark

$TMP/with\\040blank /srv/a\\040b ro" "$TMP/with\\040blank /srv/a\\040b ro"
for v in 'x' '/etc' '/etc /x' '/etc /x yes' '/etc /x ro ro' 'etc /x ro' '/etc x ro' '/etc / ro' '/etc /// ro' '/etc /proc ro' \
	'/etc /proc/x ro' '/etc /sys ro' '/etc //sys//x ro' '/etc /dev ro' '/etc /dev/x ro' '/etc /a/../b ro' '/etc /./a ro' \
	'/etc/../etc /a ro' '/etc /a\011b ro' '/etc /.. ro' '/etc /a/. ro'; do
	refused "$Z/mounts" "$v" EINVAL
done
refused "$Z/mounts" '/etc /x ro
/usr /x/ ro' EINVAL 'twice'
refused "$Z/mounts" '/etc /x/y ro
/usr /x ro' EINVAL 'hide'
refused "$Z/mounts" "$(seq -f '/etc /x%.0f ro' 1 65)" ERANGE '64'
refused "$Z/mounts" "/etc /$(printf %0300d 0) ro" ERANGE
refused "$Z/mounts" "/$(printf %05000d 0) /x ro" ERANGE
refused "$Z/mounts" "$TMP/nosuch /x ro" ENOENT 'nosuch'
refused "$Z/mounts" '/dev/null /x ro' EINVAL 'neither a directory nor a file'
refused "$Z/mounts" '/proc /x ro' EINVAL '/proc'
refused "$Z/mounts" "$MNT /x ro" EINVAL 'warren'
refused "$Z/mounts" '/sys /x ro' EOPNOTSUPP 'sysfs'
refused "$Z/mounts" "$TMP/rooted /x rw" EPERM 'chown|ro'
is "$(cat "$Z/mounts")" "$TMP/with\\040blank /srv/a\\040b ro" 'a refused list changes nothing'
accepted "$Z/mounts" none ''

# --- at the boot -----------------------------------------------------------------------------

put "$Z/mounts" "$S /mnt/share ro
$TMP/mine /data rw
$S/file /etc/one ro
$TMP/with\\040blank /root/deep/a\\040b ro" >"$TMP/put"
is "$(put "$Z/ctl" boot)" ok 'it boots with them' || diag "$(cat "$Z/error")"
is "$(said 'cat /mnt/share/file /etc/one; ls -d "/root/deep/a b"; stat -c %u:%a /mnt/share/file /mnt/share/user /mnt/share/secret')" 'hello
hello
/root/deep/a b
0:644
1000:644
0:600' "the host's owners are seen as they are"
like "$(said 'echo x >/mnt/share/new; echo x >/mnt/share/file; rm /mnt/share/file')" 'Read-only file system' 'ro is read-only'
is "$(cat "$S/file") $(ls "$S" | tr '\n' ' ')" 'hello file secret sub user ' 'for its root, too'
is "$(said 'echo x >/data/new && id -u; stat -c %u /data /data/new')" '0
0
0' 'rw takes what root writes'
is "$(stat -c %u "$TMP/mine/new")" 1000 'which belongs to the owner of the directory on the host'
put "$X/../env" 'A=1' >"$TMP/put"
is "$(said 'chmod 777 /data; touch /data/daemon; stat -c %u /data/daemon' daemon)" 'chmod: changing permissions of '"'/data'"': Operation not permitted
touch: cannot touch '"'/data/daemon'"': Permission denied
stat: cannot statx '"'/data/daemon'"': No such file or directory' 'other users of the zone are not its owner'

# No way to leave a program there that raises somebody
said 'cp /usr/bin/id /data/id; chmod 6755 /data/id; chown 0:0 /data/id; mknod /data/null c 1 3; chown 1 /data/id; setcap cap_sys_admin+ep /data/id' >"$TMP/out"
among 1000 "$(stat -c %u "$TMP/mine/id")" 2147418112 'a set-uid program there is not of the host'"'"'s root'
is "$(stat -c %g "$TMP/mine/id" | awk '{ print ($1 >= 1879179264) }')" 1 'nor of a group of the host'
ok 'no device is made there' [ ! -e "$TMP/mine/null" ]
is "$(said 'cp /usr/bin/id /tmp/id; cp /usr/bin/id /data/sid; chmod 4755 /data/sid; ls -l /data/sid | cut -c1-4; setpriv --reuid 1 --clear-groups /data/sid -u')" '-rws
1' 'and set-uid does not count in it'

# --- live ------------------------------------------------------------------------------------

pid=$(pid_of "$Z")
is "$(put "$Z/mounts" "$S /mnt/share ro
$TMP/mine /data rw
$S/sub /home/new/sub ro") $(pid_of "$Z")" "ok $pid" 'another list for a zone that runs' || diag "$(cat "$Z/error")"
is "$(said 'ls -d /home/new/sub; ls -A /root/deep/*; cat /etc/one')" '/home/new/sub' 'a new line appears, others disappear'
is "$(shown /home/new/sub) $(shown /etc/one) $(shown /mnt/share)" '1 0 1' 'each once'
like "$(said 'touch /home/new/sub/x')" 'Read-only' 'ro'
chown 1000 "$S/sub"
put "$Z/mounts" "$S /mnt/share ro
$S/sub /home/new/sub rw" >"$TMP/put"
is "$(said 'touch /home/new/sub/x && ls /home/new/sub')" x 'rw'
put "$Z/mounts" "$S /mnt/share ro
$S/sub /home/new/sub ro" >"$TMP/put"
like "$(said 'touch /home/new/sub/y')" 'Read-only' 'and ro again'
is "$(put "$Z/mounts" "$S /mnt/share ro
$S/sub /home/new/sub ro") $(shown /home/new/sub)" 'ok 1' 'the same list again changes nothing'
# One inside another
put "$Z/mounts" "$S /home/s ro
$TMP/mine /home/s/sub ro" >"$TMP/put"
is "$(said 'ls -x /home/s /home/s/sub')" '/home/s:
file  secret  sub  user

/home/s/sub:
id  new  sid' 'one in another' ||
	diag "$(cat "$Z/error")"
put "$Z/mounts" "$TMP/mine /home/s ro
$S/sub /home/s ro" >"$TMP/put"
put "$Z/mounts" "$S /home/s rw
$TMP/mine /home/s/sub ro" >"$TMP/put"
is "$(said 'ls /home/s/sub | tr "\n" " "')" 'id new sid ' 'stays when a change of the outer is refused'
# What is refused leaves the zone as it was
is "$(put "$Z/mounts" "$TMP/mine /home/s ro
$S/file /etc/two ro
$S /etc/passwd ro")" EINVAL 'a directory does not go over a file'
like "$(cat "$Z/error")" '^mounts: /etc/passwd in the zone is no directory' 'and that is said'
is "$(said 'ls -x /home/s/sub; cat /etc/two')" 'id  new  sid' 'nothing of it was done'
# The root is read-only while it runs
is "$(put "$Z/mounts" "$S /newdir ro") $(key "$Z/status" reboot_needed)" 'ok env mounts' 'a new place in / waits for the next boot'
is "$(put "$Z/mounts" "$S /mnt ro") $(key "$Z/status" reboot_needed)" 'ok env' 'one that is there does not'
is "$(put "$Z/mounts" "$S /usr/nosuch ro")" EIO 'what can never be is refused'
is "$(host_mounts | diff - "$TMP/host")" '' "the host's mounts are as before"

# --- a hostile zone --------------------------------------------------------------------------

put "$Z/mounts" "$S /mnt ro
$TMP/mine /data rw" >"$TMP/put"
is "$(put "$Z/ctl" 'reboot 0')" ok reboot
# what takes it away comes last: nothing is left to attack then
attack='mount -o remount,rw /mnt; mount -o remount,bind,rw /mnt; touch /mnt/x; mount -o remount,bind,suid,dev /data
	mkdir -p /tmp/b; mount --bind /mnt /tmp/b; mount -o remount,bind,rw /tmp/b; touch /tmp/b/x
	ls -a /mnt/..; ln -s /mnt/../../../etc /tmp/out; unshare -m sh -c "mount -o remount,bind,rw /mnt; touch /mnt/x"
	unshare -Urm sh -c "mount -o remount,bind,rw /mnt; touch /mnt/x"; umount /mnt; umount -l /mnt'
said "$attack" >"$TMP/out"
is "$(shown /mnt) $(ls "$S" | tr '\n' ' ')" '1 file secret sub user ' 'an ordinary zone neither takes it away nor writes'
put "$Z/privileges" '+sys_admin +dac_read_search' >"$TMP/put"
put "$Z/ctl" 'reboot 0' >"$TMP/put"
said "$attack" >"$TMP/out"
is "$(ls "$S" | tr '\n' ' ')" 'file secret sub user ' 'with sys_admin neither'
is "$(said 'cp /usr/bin/id /data/si2; chmod 4755 /data/si2; mount -o remount,bind,suid /data 2>/dev/null; setpriv --reuid 1 --clear-groups /data/si2 -u')" \
	1 'nor is set-uid let in'
# It moves one away, covers it, puts links where the next shall be
said 'mkdir -p /tmp/moved /root/x; mount --move /data /tmp/moved; mount -t tmpfs t /tmp/moved; rm -rf /home/l /home/m /home/p /home/q; ln -s / /home/l; ln -s /proc/1/root /home/m; ln -s /proc /home/p; ln -s ../../../../../../etc /home/q' >"$TMP/out"
is "$(put "$Z/mounts" "$S /mnt ro")" ok 'what it has moved and covered is found and taken away' || diag "$(cat "$Z/error"; mounts_of "$(pid_of "$Z")")"
is "$(mounts_of "$(pid_of "$Z")" | grep -c "$TMP/mine")" 0 'all of it'
for l in l m p; do
	_got=$(put "$Z/mounts" "$S /mnt ro
$TMP/mine /home/$l ro")
	case $_got in EINVAL | ELOOP | EIO) true ;; *) diag "$_got" && false ;; esac
	report $? "a link to $(said "readlink /home/$l") is no place"
done
is "$(put "$Z/mounts" "$S /mnt ro
$TMP/mine /home/q/inside ro")$(said 'ls -d /etc/inside')" ok/etc/inside 'a link that climbs out stays inside'
ok 'nothing was made on the host' [ ! -e /etc/inside ]
# It changes the place over and over while lines come and go
mkdir "$X/racer"
put "$X/racer/cmd" 'while :; do rm -rf /home/r; ln -s / /home/r; rm -f /home/r; ln -s /proc/self/root/proc /home/r; rm -f /home/r; mkdir -p /home/r/a; mv /home/r /home/r2; rm -rf /home/r2; done 2>/dev/null' >"$TMP/put"
i=0
while [ $i -lt 12 ]; do
	put "$Z/mounts" "$S /mnt ro
$TMP/mine /home/r/a ro" >>"$TMP/race"
	put "$Z/mounts" "$S /mnt ro" >>"$TMP/race"
	i=$((i + 1))
done
rmdir "$X/racer"
is "$(put "$Z/mounts" "$S /mnt ro") $(mounts_of "$(pid_of "$Z")" | grep -c "$TMP/mine /home/r")" 'ok 0' 'after a race nothing of it is left'
is "$(shown /) $(cat "$Z/state") $(host_mounts | diff - "$TMP/host")" '1 running ' 'neither over its /, nor on the host'
put "$Z/privileges" default >"$TMP/put"

# --- delegation ------------------------------------------------------------------------------

put "$Z/mounts" none >"$TMP/put"
mkdir -p "$TMP/u/dir" "$TMP/o/dir" "$TMP/both"
echo u >"$TMP/u/dir/f" && echo o >"$TMP/o/dir/f" && echo o >"$TMP/o/open"
chown -R $U:$U "$TMP/u" && chown -R $OTHER:$OTHER "$TMP/o" && chmod 700 "$TMP/o" "$TMP/u"
chmod 777 "$TMP/both" && echo o >"$TMP/both/o" && chown $OTHER "$TMP/both/o" && chmod 600 "$TMP/both/o"
install -d -m 750 -o root -g 60123 "$TMP/team"
is "$(as_put $U "$Z/mounts" "$TMP/u/dir /mnt ro")" EACCES 'a user may not write it'
try chown $U "$Z/mounts" >"$TMP/put"
is "$(as_put $U "$Z/mounts" "$TMP/u/dir /mnt rw")" ok 'unless root gives it away' || diag "$(cat "$Z/error")"
is "$(said 'cat /mnt/f; stat -c %u /mnt /mnt/f; touch /mnt/by')" 'u
0
0' "then what is his is the zone's root's"
is "$(stat -c %u "$TMP/u/dir/by")" $U 'and what root writes there is his'
is "$(as_put $U "$Z/mounts" "$TMP/o/dir /mnt ro")" EACCES "another's directory is not his to show"
like "$(cat "$Z/error")" "user $U.*ermission" 'and that is said'
ln -s "$TMP/o/dir" "$TMP/u/link" && ln -s /proc/self/root "$TMP/u/magic" && ln -s /proc/1/root/etc "$TMP/u/magic1"
is "$(as_put $U "$Z/mounts" "$TMP/u/link /mnt ro")" EACCES 'nor by a link of his'
for l in magic magic1 magic/root; do
	case $(as_put $U "$Z/mounts" "$TMP/u/$l /mnt ro") in ok) false ;; *) true ;; esac
	report $? "nor by a link through /proc ($l)"
done
is "$(as_put $U "$Z/mounts" "$TMP/team /mnt ro")" EACCES 'nor by a group that he is not in'
is "$(said 'cat /mnt/f')" u 'what was there before stays'
is "$(as_put $U "$Z/mounts" "$TMP/both /mnt rw")" ok 'what all may enter he may show'
like "$(said 'cat /mnt/o; rm -f /mnt/o; chown 0 /mnt/o; echo mine >/mnt/m; stat -c %u /mnt/o')" '^cat: .*denied' "another's file in it is not his zone's root's"
is "$(stat -c %u "$TMP/both/m" "$TMP/both" | tr '\n' ' ')" "$U 0 " 'and what it makes is his'
is "$(as_put $U "$Z/mounts" "$TMP/rooted /mnt ro
/etc /srv ro")$(said 'head -c 1 /srv/shadow')" "okhead: cannot open '/srv/shadow' for reading: Permission denied" 'in what is public he reads what is public'
# The same lines, written by root and then by the user: they are his from then on
put "$Z/mounts" "$TMP/o/dir /mnt ro" >"$TMP/put"
is "$(said 'cat /mnt/f')" o 'root may show it'
is "$(as_put $U "$Z/mounts" "$TMP/o/dir /mnt ro") $(put "$Z/ctl" 'reboot 0') $(said 'cat /mnt/f')" 'EACCES ok o' 'the user can make no use of that'
# He changes what a path leads to between one look and the next
put "$Z/mounts" none >"$TMP/put"
AS=$U try mkdir "$TMP/u/flip" >"$TMP/put"
perl -e '$> = $ENV{U} + 0 if 0; ($) = ($( = "'$U' '$U'")); ($<, $>) = ('$U', '$U');
	my $d = $ARGV[0]; my $end = time + 8;
	while (!-e "$d/stop" && time < $end) { rename "$d/flip", "$d/flap"; symlink $ARGV[1], "$d/flip"; unlink "$d/flip"; rename "$d/flap", "$d/flip" }' "$TMP/u" "$TMP/o/dir" &
flipper=$!
i=0 bad=
while [ $i -lt 15 ]; do
	if [ "$(as_put $U "$Z/mounts" "$TMP/u/flip /mnt ro")" = ok ] && [ -n "$(said 'ls /mnt 2>/dev/null')" ]; then bad=yes; fi
	as_put $U "$Z/mounts" none >"$TMP/put"
	i=$((i + 1))
done
: >"$TMP/u/stop"
wait $flipper
is "$bad" '' 'a link that comes and goes shows nothing of others'

# --- root's own -----------------------------------------------------

install -d -m 700 "$TMP/vault" && mkdir "$TMP/vault/data" && echo r >"$TMP/vault/data/f"
refused "$Z/mounts" "$TMP/vault/data /srv rw" EPERM "/vault/data is root's.*say rw owner=zone.*chown [0-9]+.*say ro"
is "$(put "$Z/mounts" "$TMP/vault/data /srv ro")$(said 'cat /srv/f; (echo w >>/srv/f) 2>/dev/null')$(cat "$TMP/vault/data/f")" okrr "root's own is for reading, also where root alone may enter"
zone=$(awk '{ print $2; exit }' "/proc/$(pid_of "$Z")/uid_map")
mkdir "$TMP/vault/own"
refused "$Z/mounts" "$TMP/vault/own /srv rw owner=zone
/nosuch /x ro" ENOENT
is "$(stat -c %u "$TMP/vault/own")" 0 'a list that is refused gives nothing away'
is "$(put "$Z/mounts" "$TMP/vault/own /srv rw owner=zone")$(said 'touch /srv/f; stat -c %u /srv /srv/f | tr -d "\n"')$(stat -c %u "$TMP/vault/own" "$TMP/vault/own/f" | tr '\n' ' ')" "ok00$zone $zone " 'owner=zone makes it the zone'"'"'s' || diag "$(cat "$Z/error")"
as_put $U "$Z/mounts" "$TMP/u /srv rw owner=zone" >"$TMP/put"
is "$(cat "$TMP/put") $(stat -c %u "$TMP/u")" "EPERM $U" 'which no other user can say'
like "$(cat "$Z/error")" "^mounts: .*/u would become the zone's, and only root gives files away: " 'and that is said'
is "$(as_put $U "$Z/mounts" none)" ok 'back to nothing'
chown "$zone" "$TMP/rooted"
is "$(put "$Z/mounts" "$TMP/rooted /srv rw")$(said 'touch /srv/f; stat -c %u /srv/f')$(stat -c %u "$TMP/rooted/f")" "ok0$zone" "or the zone's own uid"

# --- what outlives what ----------------------------------------------------------------------

put "$Z/mounts" "$S /mnt ro
$TMP/mine /root/m rw" >"$TMP/put"
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(cat "$Z/mounts") $(shown /mnt)" "$S /mnt ro
$TMP/mine /root/m rw 1" 'kill -9 of the daemon: they stay'
is "$(put "$Z/mounts" "$TMP/mine /root/m rw") $(shown /mnt) $(shown /root/m)" 'ok 0 1' 'and the next takes them away'
ok 'umount and mount' remount
is "$(shown /root/m) $(said 'ls /root/m/new')" '1 /root/m/new' 'they outlive the mount'
is "$(put "$Z/mounts" none) $(shown /root/m)" 'ok 0' 'and go afterwards'
i=0
while [ $i -lt 8 ]; do # killed at any moment of a change
	old=$(daemon_pid)
	(put "$Z/mounts" "$S /mnt ro
$TMP/mine /root/m$i rw" >"$TMP/put1") & writer=$!
	kill -9 "$old"
	wait $writer
	gone "$old"
	cat "$Z/mounts" >"$TMP/now"
	i=$((i + 1))
done
is "$(put "$Z/mounts" "$S /mnt ro") $(shown /mnt) $(mounts_of "$(pid_of "$Z")" | grep -c /root/m)" 'ok 1 0' 'killed in the midst of changes: none is lost or left'

# Memory
memory='tmpfs /root/m size=1M mode=750
tmpfs /root/n size=64K'
is "$(put "$Z/mounts" "$memory") $(cat "$Z/mounts" | wc -l)" 'ok 2' 'a tmpfs, live'
is "$(said 'stat -f -c %T /root/m; stat -c "%a %u" /root/m /root/n; head -c 100000 /dev/zero >/root/n/f 2>/dev/null; stat -c %s /root/n/f; echo kept >/root/m/f' | tr '\n' ' ')" 'tmpfs 750 0 1777 0 65536 ' "the zone's root's, as large as it says"
is "$(put "$Z/mounts" "$memory") $(said 'cat /root/m/f')" 'ok kept' 'the same list again leaves what is in it'
is "$(put "$Z/mounts" "$(echo "$memory" | sed 's/64K/128K/')") $(said 'cat /root/m/f; stat -f -c %b /root/n; ls /root/n' | tr '\n' ' ')" 'ok kept 32 ' 'another size is another one'
is "$(put "$Z/mounts" "$S /mnt ro
tmpfs /root/m size=1M mode=750") $(said 'cat /root/m/f; ls /mnt | grep -c f')" "ok kept
$(ls "$S" | grep -c f)" 'beside what is of the host'
is "$(put "$Z/ctl" 'reboot 0') $(said 'ls /root/m; stat -f -c %T /root/m')" 'ok tmpfs' 'and empty at the next boot'

# A source that is another thing now: as the line is written again, and not before
mkdir "$S/one" "$S/two"
echo 1 >"$S/one/f"
echo 2 >"$S/two/f"
ln -s one "$S/now"
echo old >"$S/conf"
list="$S/now /root/now ro
$S/conf /root/conf ro
$S/one /root/one ro"
put "$Z/mounts" "$list" >"$TMP/put"
root_of() { awk -v at="$1" '$5 == at { print $1 }' "/proc/$(pid_of "$Z")/mountinfo"; }
before=$(root_of /root/one)
ln -sfn two "$S/now"
echo new >"$S/conf.new"
mv "$S/conf.new" "$S/conf"
is "$(said 'cat /root/now/f')" 1 'a link that leads elsewhere: what is mounted stays'
is "$(put "$Z/mounts" "$list") $(said 'cat /root/now/f /root/conf /root/one/f' | tr '\n' ' ')" 'ok 2 new 1 ' 'until the same list is written again'
is "$(root_of /root/one)" "$before" 'and what is the same as before is not touched'
rm -r "$S/one"
mkdir "$S/one"
echo again >"$S/one/f"
is "$(said 'cat /root/one/f 2>/dev/null') $(put "$Z/mounts" "$list") $(said 'cat /root/one/f')" ' ok again' 'a directory that was removed and made again'
rm -r "$S/one"
is "$(put "$Z/mounts" "$list") $(said 'cat /root/now/f')" 'ENOENT 2' 'one that is gone is refused, and nothing changes'
mkdir "$S/one"
old=$(daemon_pid)
rm "$S/now"
kill -9 "$old" && gone "$old"
is "$(put "$Z/cpu.shares" 101) $(said 'cat /root/now/f')" 'ok 2' 'a new daemon opens none of them again'
put "$Z/mounts" "$S /mnt ro" >"$TMP/put"
rm -r "$S/one" "$S/two" "$S/conf"

# A boot that fails, a halt, an rmdir leave nothing
put "$Z/ctl" halt >"$TMP/put"
put "$Z/mounts" "$TMP/rooted /srv ro" >"$TMP/put"
rmdir "$TMP/rooted" 2>/dev/null || rm -r "$TMP/rooted"
is "$(put "$Z/ctl" boot) $(cat "$Z/state")" 'EIO failed' 'what has gone meanwhile fails the boot'
like "$(cat "$Z/error")" 'boot: mounts: open .*rooted.*No such file' 'and that is said'
is "$(find "$TMP/run/monitors" -mindepth 1)" '' 'nothing of it is left'
put "$Z/mounts" "$S /mnt ro" >"$TMP/put"
is "$(put "$Z/ctl" boot) $(put "$Z/ctl" halt) $(find "$TMP/run/monitors" -mindepth 1)" 'ok ok ' 'nor of a halt'
ok 'umount and mount' remount
is "$(cat "$Z/mounts")" "$S /mnt ro" 'the list persists'
mkdir "$ZONES/b"
ok "a zone's config copied to another" cp "$Z/config" "$ZONES/b/config"
is "$(cat "$ZONES/b/mounts")" "$S /mnt ro" 'has its mounts'
rmdir "$ZONES/b"
is "$(host_mounts | diff - "$TMP/host")" '' "the host's mounts are as before"
finish
