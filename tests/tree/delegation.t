#!/bin/sh
# Zones given away: what a user may do with what is his, what a group may do in its directory, and
# that no host path leads anywhere that its writer could not go himself.
. "$(dirname "$0")/lib.sh"
setup
U=54321 OTHER=54322 G=54398 H=54399
as() { _as=$1 && shift && AS=$_as try "$@"; }
as_put() { printf %s "$3" | AS=$1 try write "$2"; }
member() { _as=$1 && shift && AS=$_as AS_GROUPS="$_as $G" try "$@"; } # of G, besides a group of his own
owners() { stat -c '%u:%g %a' "$@" | tr '\n' ' '; }

# --- one zone, given away whole ---------------------------------------------------------------

Z=$ZONES/web
mkdir "$Z" "$ZONES/other"
chown $U "$Z" "$Z/ctl" "$Z/console" "$Z/log" "$Z/config" "$Z/exec" "$Z/init" "$Z/env" "$Z/hostname"
is "$(as_put $U "$Z/init" 'sleep 10000')$(as_put $U "$Z/env" A=1)$(as_put $U "$Z/ctl" boot)$(cat "$Z/state")" okokokrunning 'its user boots it'
is "$(as $U mkdir "$Z/exec/j")$(as_put $U "$Z/exec/j/cmd" 'echo $A; id -u')" okok 'runs a command in it' || diag "$(cat "$Z/error")"
is "$(as $U read "$Z/exec/j/stdout") $(cat "$Z/exec/j/stdout")" 'ok 1
0' 'reads what it prints'
is "$(owners "$Z/exec/j" "$Z/exec/j/cmd")" "$U:$U 755 $U:$U 600 " 'and owns it'
is "$(as $OTHER read "$Z/exec/j/stdout") $(as $OTHER mkdir "$Z/exec/k")" 'EACCES EACCES' 'another user does not'
is "$(as $U read "$Z/config") $(as $U read "$Z/log") $(as $U rmdir "$Z/exec/j")" 'ok ok ok' 'reads config and log, and removes the command'
for f in $(sed -n 's/=.*//p' "$Z/config"); do
	case $f in autoboot | env | hostname | init | restart) continue ;; esac
	_got=$(as_put $U "$Z/$f" "$(cat "$Z/$f")")
	_got=$_got$(as_put $U "$Z/config" "$f=$(cat "$Z/$f")")
	is "$_got" EACCESEPERM "$f stays root's, by its file and by config"
done
for s in TERM KILL STOP 0; do
	perl -e '$) = $( = $ARGV[0]; ($<, $>) = ($ARGV[0]) x 2; exit(kill($ARGV[1], $ARGV[2]) ? 1 : 0)' $U "$s" "$(pid_of "$Z")"
	report $? "signal $s does not reach its processes from outside"
done
is "$(as_put $U "$Z/ctl" 'kill USR1')" ok 'ctl does'
is "$(as_put $U "$ZONES/other/ctl" boot) $(as $U read "$ZONES/other/config") $(as $U mkdir "$ZONES/new")" 'EACCES EACCES EACCES' "no other zone is his"
is "$(as $U rmdir "$Z") $(as $U rename "$Z" "$ZONES/mine")" 'EACCES EACCES' 'nor the directory that it is in'
is "$(as $U mkdir "$Z/x") $(as $U create "$Z/x") $(as $U unlink "$Z/ctl")" 'ENOENT ENOENT EPERM' 'and its own can be neither made nor removed'
root=$TMP/state/roots/$(key "$Z/status" id)
is "$(as $U read "$root/etc/passwd") $(as $U read "$root") $(stat -c '%a %u' "$TMP/state/roots")" 'EACCES EACCES 700 0' "the zone's files are not reached from outside"
is "$(as $U read "$TMP/state/objects/0") $(as $U read "$TMP/run/monitors")" 'EACCES EACCES' 'nor are settings and monitors'

# A descriptor that root opened is root's gift; one that a user opened is his alone
is "$(perl -MErrno -e 'open my $f, ">", $ARGV[0] or die; $) = $( = 54321; ($<, $>) = (54321, 54321);
	print defined syswrite($f, $ARGV[1]) ? "ok" : $!{EPERM} ? "EPERM" : $!' "$Z/cpu.cap" 30) $(cat "$Z/cpu.cap")" 'ok 30' 'who is handed an open file by root may write it, as on a disk'
is "$(perl -MErrno -e 'open my $f, ">", $ARGV[0] or die; $) = $( = 54321; ($<, $>) = (54321, 54321);
	print defined syswrite($f, $ARGV[1]) ? "ok" : $!{EPERM} ? "EPERM" : $!' "$Z/config" cpu.cap=40) $(cat "$Z/cpu.cap")" 'EPERM 30' "and yet is himself in what it names"
is "$(as_put $U "$Z/ctl" halt)" ok 'he halts it'

# chown -R: root has chowned each file of it
chown -R $U "$ZONES/other"
is "$(as_put $U "$ZONES/other/cpu.cap" 20)$(as_put $U "$ZONES/other/config" privileges=none)" okok 'chown -R gives limits and privileges, too'

# --- owners and modes -------------------------------------------------------------------------

is "$(as $U chmod 640 "$Z/log") $(as $OTHER chmod 666 "$Z/log") $(as $U chown $OTHER "$Z/log")" 'ok EPERM EPERM' 'the owner changes the mode, root alone the owner'
perl -e '$) = "54321 54321 54398"; $( = 54321; ($<, $>) = (54321, 54321); exit !(chown(-1, 54398, $ARGV[0]) && !chown(-1, 54399, $ARGV[0]))' "$Z/log"
report $? 'and he may give it to a group of his, to no other'
is "$(member $OTHER read "$Z/log") $(as $OTHER read "$Z/log")" 'ok EACCES' 'whose members then read it'
touch -d @1000 "$Z/env"
old=$(stat -c '%Y %Z' "$Z/env")
chmod 600 "$Z/env"
is "$(stat -c %Y "$Z/env")" 1000 'chmod leaves mtime as it is'
among 1001 "$(stat -c %Z "$Z/env")" 9999999999 'and changes ctime' || diag "$old"
is "$(for b in 4755 2644 1644; do try chmod $b "$Z/env"; done) $(cut -d' ' -f1-2 "$Z/error")" 'EPERMEPERMEPERM env: set-uid,' 'a file takes no set-uid, set-gid or sticky bit'
is "$(stat -c %a "$Z/env")" 600 'and stays as it is'
is "$(perl -e 'my ($f, $n, $v) = ($ARGV[0], "system.posix_acl_access", pack("V" . "vvV" x 5, 2, 1,6,-1, 2,7,54321, 4,4,-1, 16,7,-1, 32,4,-1));
	print syscall(188, $f, $n, $v, length $v, 0) == 0 ? "ok" : $!{EOPNOTSUPP} ? "EOPNOTSUPP" : $!' "$Z/env")" EOPNOTSUPP 'lists of access are not supported'
is "$(umask 077 && mkdir "$ZONES/shut" && mkdir -m 711 "$ZONES/ajar" && stat -c %a "$ZONES/shut" "$ZONES/ajar" | tr '\n' ' ')" '700 711 ' "mkdir's mode and umask count"
is "$(mkdir -m 700 "$MNT/images/shut" && stat -c %a "$MNT/images/shut"; rmdir "$MNT/images/shut")" 700 'also of an image: who may not read it may not use it'

# --- a directory of a group's -----------------------------------------------------------------

is "$(member $U mkdir "$ZONES/u")" EACCES 'before it is given'
chown 0:$G "$ZONES" "$VMS"
chmod 775 "$ZONES" "$VMS"
is "$(as $U mkdir "$ZONES/u") $(member $U mkdir "$ZONES/u") $(member $U mkdir "$VMS/u") $(owners "$ZONES/u" "$ZONES/u/ctl" "$ZONES/u/cpu.cap")" \
	"EACCES ok ok $U:$U 755 $U:$U 600 0:0 644 " 'its members make zones and VMs of their own'
is "$(as_put $U "$ZONES/u/init" 'sleep 1000')$(as_put $U "$ZONES/u/ctl" boot)$(as_put $U "$ZONES/u/ctl" halt)" okokok 'and run them'
for f in cpu.cap memory.max pids.max io.weight privileges; do is "$(as_put $U "$ZONES/u/$f" 10)" EACCES "$f stays root's"; done
is "$(member $OTHER rename "$ZONES/u" "$ZONES/v") $(member $OTHER rename "$ZONES/v" "$ZONES/u")" 'ok ok' 'each may move what is in it'
ok 'a sticky bit' chmod +t "$ZONES"
is "$(member $OTHER rename "$ZONES/u" "$ZONES/v") $(member $OTHER rmdir "$ZONES/u")" 'EPERM EPERM' 'keeps others from moving and removing it'
is "$(member $U rename "$ZONES/u" "$ZONES/v") $(member $U rmdir "$ZONES/v")" 'ok ok' 'and its owner not'
chmod 3775 "$ZONES"
is "$(member $U mkdir "$ZONES/u") $(owners "$ZONES/u" "$ZONES/u/ctl")" "ok $U:$G 2755 $U:$G 600 " 'a set-gid directory gives its group'
ok 'umount and mount' remount
is "$(owners "$ZONES" "$ZONES/u" "$ZONES/u/ctl")" "0:$G 3775 $U:$G 2755 $U:$G 600 " 'all of it is kept'
is "$(member $OTHER rmdir "$ZONES/u") $(member $U rmdir "$ZONES/u")" 'EPERM ok' 'and in force'
# write bits of a group count for all that a user is in
mkdir "$Z.2"
chown $U "$Z.2/config"
chgrp $G "$Z.2/cpu.cap"
chmod 664 "$Z.2/cpu.cap"
is "$(as_put $U "$Z.2/config" cpu.cap=11) $(printf cpu.cap=12 | member $U write "$Z.2/config") $(cat "$Z.2/cpu.cap")" 'EPERM ok 12' 'in config, too'

# --- host paths -------------------------------------------------------------------------------

if ! command -v "qemu-system-$(uname -m)" >/dev/null || [ ! -e "$WARREN_BUILD/guests/hello" ]; then
	skip 'no QEMU or no guest' 'host paths'
	finish
fi
V=$VMS/u D=$TMP/files
mkdir "$D" "$D/his" "$D/roots"
chmod 711 "$D/roots"
chown $U "$D/his"
put "$V/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=echo" >/dev/null
file() { dd if=/dev/zero of="$1" bs=64k count=1 2>/dev/null && chown "$2" "$1" && chmod "$3" "$1"; } # PATH OWNER MODE
file "$D/his/own" $U 600
file "$D/roots/secret" 0 600
file "$D/roots/open" 0 644
file "$D/roots/group" 0:$H 640
file "$D/roots/others" $OTHER 600

# The user writes the path as PUT does, and boots: `ok`, or how the boot failed
boots() { # PATH [PUT-AS...]
	_path=$1 && shift
	[ $# -gt 0 ] || set -- as $U
	_got=$(printf 'path=%s readonly=on' "$_path" | "$@" write "$V/disk0")
	[ "$_got" = ok ] && _got=$(as_put $U "$V/ctl" boot)
	[ "$_got" = ok ] && _got=$(as_put $U "$V/ctl" halt)
	echo "$_got"
}
taken() { is "$(boots "$@")" ok "taken: $_what" || diag "$(cat "$V/error")"; }
kept() { # ERE PATH...: refused, with a reason like ERE
	_re=$1 && shift
	_got=$(boots "$@") _why=$(cat "$V/error")
	[ "$_got" = EIO ] && like "$_why" "$_re" "refused: $_what" || { diag "$_got: $_why"; report 1 "refused: $_what"; }
}
_what='a file of his own' && taken "$D/his/own"
_what='a file that everybody may read' && taken "$D/roots/open"
_what="a file of root's" && kept 'as user 54321: Permission denied: give one that this user may use$' "$D/roots/secret"
_what="a file of another user's" && kept 'Permission denied' "$D/roots/others"
ln -s "$D/roots/secret" "$D/his/link"
_what="a symlink to a file of root's" && kept 'Permission denied' "$D/his/link"
ln -s "$D/roots/open" "$D/his/good"
_what='a symlink to what he may read' && taken "$D/his/good"
ln "$D/roots/secret" "$D/his/hard"
_what="a hard link to a file of root's" && kept 'Permission denied' "$D/his/hard"
chmod 700 "$D/roots"
_what='a directory on the way that he may not enter' && kept 'Permission denied' "$D/roots/open"
chmod 711 "$D/roots"
_what='a symlink through a directory that he may not enter' && chmod 700 "$D/roots" && kept 'Permission denied' "$D/his/good"
chmod 711 "$D/roots"
ln -s /proc/self/fd/3 "$D/his/fd"
for p in /proc/self/exe /proc/self/root"$D/roots/secret" "/proc/$$/root$D/his/own" "/proc/$$/cwd" /dev/fd/3 /dev/stdin "$D/his/fd"; do
	_what=$p && kept 'leads by one of /proc|Permission denied|No such' "$p"
done
for p in /proc/self/environ /proc/self/maps /proc/version; do _what=$p && kept 'one of /proc: give' "$p"; done
mkfifo -m 666 "$D/his/fifo"
_what='a FIFO' && kept 'not a file or block device' "$D/his/fifo"
_what='a device' && kept 'not a file or block device' /dev/zero
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1); chmod 0666, $ARGV[0]' "$D/his/sock"
_what='a socket' && kept 'not a file or block device' "$D/his/sock"
_what='a directory' && kept 'not a file' "$D/his"
_what='a dangling link' && ln -s "$D/none" "$D/his/dangling" && kept 'No such file' "$D/his/dangling"
_what='a loop of links' && ln -s loop "$D/his/loop" && kept 'Too many levels' "$D/his/loop"
_what='a name that is too long' && kept 'name too long' "$D/his/$(printf %0300d 0)"
_what='what is no directory on the way' && kept 'Not a directory' "$D/his/own/x"
_what='a file in the tree itself' && kept "one of warren's own: give" "$Z/env"
chmod 644 "$V/wait" "$V/event" 2>/dev/null
_what="the VM's own wait" && kept "one of warren's own: give" "$V/wait"
refused "$V/disk0" "path=$D/his/own
path=$D/roots/secret" EINVAL 'more than one line'
is "$(printf 'path=/x\000y' | try write "$V/disk0")" EINVAL 'no NUL is in a path'
refused "$V/kernel" "/$(printf %04095d 0)" 'EINVAL ERANGE'
is "$(put "$V/kernel" "$WARREN_BUILD/guests/hello")" ok "root names the kernel"

# Groups: all that he has, none that he has not
_what='a file of a group that he was in' && kept 'Permission denied' "$D/roots/group"
taken_by() { AS=$U AS_GROUPS="$U $G $H" try "$@"; }
_what='a file of one of his groups' && taken "$D/roots/group" taken_by
ok 'umount and mount' remount
is "$(as_put $U "$V/ctl" boot)$(as_put $U "$V/ctl" halt)" okok 'his groups are kept with the path' || diag "$(cat "$V/error")"
_what='without that group once more' && kept 'Permission denied' "$D/roots/group" member $U
# of whom the user database knows, it has the last word
known=$(getent passwd games | cut -d: -f3)
if [ -n "$known" ]; then
	chown "$known" "$V/disk0" "$V/ctl"
	by_games() { AS=$known AS_GROUPS="$known $H 0" try "$@"; }
	printf 'path=%s readonly=on' "$D/roots/group" | by_games write "$V/disk0" >/dev/null
	is "$(put "$V/ctl" boot)" EIO 'a group that the user database does not give him counts for nothing'
	like "$(cat "$V/error")" "as user $known: Permission" 'as it says'
	chown $U "$V/disk0" "$V/ctl"
else
	skip 'no user games' 'a group that the user database does not give'
fi

# Whose word it is
printf 'path=%s readonly=on' "$D/roots/secret" | as $U write "$V/disk0" >/dev/null
sed 's/^ram=.*/ram=128M/' "$V/config" >"$TMP/config"
ok 'root changes something else by way of config' cp "$TMP/config" "$V/config"
is "$(put "$V/ctl" boot)" EIO "and does not make the user's path his own" || put "$V/ctl" halt
is "$(put "$V/disk0" "path=$D/roots/secret readonly=on")$(as_put $U "$V/ctl" boot)$(as_put $U "$V/ctl" halt)" okokok 'as he does by writing that very file'
cp /usr/bin/perl "$D/setgid" 2>/dev/null && chgrp $H "$D/setgid" && chmod 2755 "$D/setgid"
is "$(DISK=$V/disk0 P="path=$D/roots/group readonly=on" perl -e '$) = $( = 54321; ($<, $>) = (54321, 54321);
	open STDOUT, ">", $ENV{DISK} or die; exec @ARGV' "$D/setgid" -e 'exit(defined syswrite(STDOUT, $ENV{P}) ? 0 : $!{EPERM} ? 9 : 8)'; echo $?)" 9 \
	'a set-gid program does not write for its user'

# A link that changes between a file that he may read and one that he may not
perl -e 'my ($to, $bad, $l) = @ARGV; $SIG{ALRM} = sub { exit }; alarm 60;
	for (;;) { for ($to, $bad) { unlink "$l.new"; symlink $_, "$l.new"; rename "$l.new", $l } }' "$D/his/own" "$D/roots/secret" "$D/his/swapped" &
swapper=$!
leaks='' n=0
printf SECRET | dd of="$D/roots/secret" conv=notrunc 2>/dev/null
printf 'path=%s' "$D/his/swapped" | as $U write "$V/disk0" >/dev/null
while [ $((n += 1)) -le 12 ]; do
	[ "$(as_put $U "$V/ctl" boot)" = ok ] || continue
	for fd in /proc/"$(pid_of "$V")"/fd/*; do
		case $(readlink "$fd") in *secret) leaks="$leaks secret" ;; esac
	done
	as_put $U "$V/ctl" halt >/dev/null
done
kill $swapper
is "$leaks" '' 'a link that is swapped meanwhile never leads further'

# A disk is made where he may make one, as his
made() { printf 'path=%s size=1M' "$1" | as $U write "$V/disk0" >/dev/null && as_put $U "$V/ctl" boot; }
is "$(made "$D/his/new") $(as_put $U "$V/ctl" halt) $(stat -c '%u:%g %a %s' "$D/his/new")" "ok ok $U:$U 600 1048576" 'a disk is made as his'
is "$(made "$D/roots/new") $(ls "$D/roots")" "EIO group
open
others
secret" 'and nowhere else'
is "$(made "$D/his/dangling") $(ls "$D/none" 2>/dev/null)" 'EIO ' 'nor through a link'
is "$(made "$D/his/link")" EIO 'nor over what is there'

# A file system whose server never answers: nobody waits for it but that one boot
mkdir "$D/hang"
perl -e 'my ($at) = @ARGV; $^F = 255; $SIG{ALRM} = sub { exit }; alarm 120;
	open my $f, "+<", "/dev/fuse" or exit 3;
	my ($s, $t, $o) = ("hang", "fuse", "fd=" . fileno($f) . ",rootmode=40755,user_id=0,group_id=0,allow_other");
	syscall(165, $s, $at, $t, 0, $o) == 0 or exit 3;
	sysread $f, my $init, 1 << 18;
	syswrite $f, pack("VVa8", 80, 0, substr($init, 8, 8)) . pack("VVVVvvV", 7, 31, 65536, 0, 12, 9, 65536) . "\0" x 40;
	open my $up, ">", "$at.up"; close $up;
	1 while sysread $f, my $b, 1 << 18' "$D/hang" &
hang=$!
trap 'kill $hang 2>/dev/null; umount -l "$D/hang" 2>/dev/null; cleanup' EXIT
while [ ! -e "$D/hang.up" ] && kill -0 $hang 2>/dev/null; do :; done
if kill -0 $hang 2>/dev/null; then
	printf 'path=%s readonly=on' "$D/hang/disk" | as $U write "$V/disk0" >/dev/null
	as_put $U "$V/ctl" boot >"$TMP/hung" &
	booting=$!
	put "$Z/config" 'init=sleep 1000
privileges=default' >/dev/null
	is "$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)$(cat "$V/state")" okokbooting 'while a path leads to a server that hangs, others boot and halt'
	is "$(put "$V/ram" 64M)$(cat "$V/ram")" ok67108864 'and its own files answer'
	wait $booting
	is "$(cat "$TMP/hung") $(cat "$V/state")" 'EIO failed' 'after a while it is refused'
	like "$(cat "$V/error")" 'no answer in [0-9]+ s: give' 'as it says'
	_what='and goes on with a path that answers' && taken "$D/his/own"
	kill $hang
	gone $hang
else
	skip 'FUSE can not be mounted by hand here' 'a server that hangs'
fi
umount -l "$D/hang" 2>/dev/null
trap cleanup EXIT
finish
