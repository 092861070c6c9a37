#!/bin/sh
# metadata/: what a zone or VM may know, as files in it and by SmartOS's metadata protocol.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/linux.inc"
. "$(dirname "$0")/jobs.inc"
linux_kernel kernel
setup
Z=$ZONES/a M=$ZONES/a/metadata X=$ZONES/a/exec S=/run/metadata/socket
why() { cut -d: -f1 "$Z/error"; }
killed() { # kills the daemon and comes back when the next one answers
	_old=$(daemon_pid)
	kill -9 "$_old" && gone "$_old" && cat "$MNT/version" >/dev/null && [ "$(daemon_pid)" != "$_old" ]
}
n=0
within() { # COMMAND: what it says in the zone
	n=$((n + 1))
	job "j$n" "$1" && out "j$n" && err "j$n"
	rmdir "$X/j$n"
}
ask() { within "perl /srv/mdata.pl $S $*"; }
mkdir "$TMP/tools"
cp "$HERE/mdata.pl" "$TMP/tools"
mkdir "$Z"
is "$(stat -c '%F %a' "$M")" 'directory 700' 'a directory that is its owner'"'"'s alone'
is "$(put "$Z/mounts" "$TMP/tools /srv ro")" ok 'a client of our own'

# Files
printf '#cloud-config\n' >"$M/user-data"
printf 'one\n.two\nthree' >"$M/dots"
is "$(put "$Z/ctl" boot)" ok 'a zone with metadata boots'
is "$(within 'cd /run/metadata; ls; cat user-data; stat -c "%a %G %F" . user-data socket')" 'dots
socket
user-data
#cloud-config
2750 root directory
440 root regular file
660 root socket' 'it has the files, for its root alone'
echo live >"$M/key"
is "$(within 'cat /run/metadata/key')" live 'a file comes'
echo other >"$M/key"
is "$(within 'cat /run/metadata/key')" other 'changes'
mv "$M/key" "$M/user-data"
is "$(within 'cd /run/metadata; ls; cat user-data')" 'dots
socket
user-data
other' 'takes the place of another'
rm "$M/dots"
is "$(within 'ls /run/metadata')" 'socket
user-data' 'and goes'
is "$(within 'cd /run/metadata; for i in "touch x" "rm user-data" "chmod 666 user-data" "mount -o remount,rw ." "umount /run/metadata" "mv /run/metadata /run/m"; do $i 2>/dev/null && echo "$i: done"; done; setpriv --reuid 1000 --regid 1000 --clear-groups cat user-data 2>&1')" \
	'cat: user-data: Permission denied' 'it can change none of it, and no other user reads it'
is "$(within 'grep -c " /run/metadata " /proc/self/mountinfo')" 1 'one mount is there'

# What is refused
is "$(try create "$M/socket") $(why) $(try rename "$M/user-data" "$M/socket")" 'EPERM socket EPERM' 'the name of the socket'
head -c 65536 /dev/zero >"$TMP/full"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do cp "$TMP/full" "$M/f$i"; done
is "$(stat -c %s "$M/f15") $(: >"$M/f16" && try write "$M/f16" <"$TMP/full") $(cut -d: -f2- "$Z/error")" \
	'65536 ENOSPC  metadata/ would have more than 1048576 bytes: give less' 'more than 1 MiB together'
is "$(within 'cat /run/metadata/f* | wc -c')" 983040 'so much is seen'
rm "$M"/f*

# The protocol
is "$(ask GET user-data)" 'SUCCESS
other' 'GET'
is "$(ask GET nothing)" NOTFOUND 'of what is not there'
is "$(ask KEYS)" 'SUCCESS
user-data' 'KEYS'
is "$(ask GET cloud-init:user-data)" 'SUCCESS
other' 'by the name of cloud-init, too'
is "$(ask GET sdc:uuid) $(ask GET sdc:hostname) $(ask GET sdc:nics)" "SUCCESS
$(cat "$Z/uuid") SUCCESS
a SUCCESS
[]" 'what SmartOS tells'
exec 9<"$Z/event"
is "$(ask PUT result "'all is well'") $(cat "$M/result") $(stat -c '%a %U' "$M/result")" 'SUCCESS all is well 600 root' 'PUT makes a file'
ok 'an event tells it' await 9 'zones/a metadata key=result\n'
exec 9<&-
is "$(ask PUT result again) $(cat "$M/result") $(within 'cat /run/metadata/result')" 'SUCCESS again again' 'changes it, for all'
is "$(ask PUT empty "''") $(stat -c %s "$M/empty") $(ask GET empty)" 'SUCCESS 0 SUCCESS' 'an empty one'
is "$(ask DELETE result) $(ls "$M" | tr '\n' ' ') $(ask DELETE result)" 'SUCCESS empty user-data  SUCCESS' 'DELETE, and once more'
is "$(ask PUT sdc:uuid x)" 'FAILURE
keys of sdc: are the host'"'"'s: choose another' 'keys of the host are refused'
is "$(ask PUT a/b x)" 'FAILURE
give a key of 1 to 63 of a-z A-Z 0-9 . _ - beginning with a letter or digit' 'and what is no name'
is "$(ask PUT socket x)" 'FAILURE
/run/metadata/socket is where a zone asks: choose another name' 'and the socket'"'"'s'
head -c 65536 /dev/urandom >"$TMP/tools/large"
is "$(ask PUT large '</srv/large') $(cmp "$TMP/tools/large" "$M/large" 2>&1)" 'SUCCESS ' 'any bytes, 64 KiB'
is "$(within "perl /srv/mdata.pl $S GET large | tail -c +9 | cmp - /srv/large && echo same")" same 'and back'
echo >>"$TMP/tools/large"
is "$(ask PUT large '</srv/large')" 'FAILURE
the value has more than 64 KiB: give less' 'and no more'
chown 1234:99 "$M"
is "$(ask PUT owned x) $(stat -c '%a %u %g' "$M/owned")" 'SUCCESS 600 1234 99' 'what it makes is the owner'"'"'s of metadata/'
chown 0:0 "$M"

# Version 1, and what is no protocol
raw() { within "perl /srv/mdata.pl $S raw '$1'"; }
printf 'one\n.two\nthree' >"$M/dots"
is "$(raw 'GET dots\n')" 'SUCCESS
one
..two
three
.' 'version 1 doubles dots'
is "$(raw '\nGET no\nNEGOTIATE V2\nKEY\nPUT a b\n')" 'invalid command
NOTFOUND
V2_OK
invalid command
invalid command' 'and answers every line'
is "$(raw '\r\nUEFI says\r\nKEYS\r\n')" "$(printf 'SUCCESS\n%s\n.' "$(ls -U "$M")")" 'a terminal'"'"'s noise has no answer'
is "$(raw 'V2 21 00000000 dc4fae17 KEYS\nV2 13 3c2e8a86 dc4fae17\nV2 \nV2 99999999999999999999 0 0 GET\n')" 'invalid command
invalid command
invalid command
invalid command' 'nor a damaged frame one of its form'
is "$(within "head -c 3000000 /dev/zero | socat -t 5 - UNIX:$S | wc -c; perl /srv/mdata.pl $S GET empty")" '0
SUCCESS' 'a line without end is dropped'
is "$(within "perl -MIO::Socket::UNIX -e 'my @s = map { IO::Socket::UNIX->new(shift) } @ARGV; print scalar @s' $S $S $S $S $S $S $S $S $S $S $S $S; perl /srv/mdata.pl $S GET empty")" '12SUCCESS' 'who says nothing keeps nobody away for ever'

# Daemons that die
ok 'kill -9 of the daemon' killed
is "$(ask GET user-data) $(within 'cat /run/metadata/user-data') $(cat "$M/user-data")" 'SUCCESS
other other other' 'all is there'
echo after >"$M/user-data"
is "$(within 'cat /run/metadata/user-data')" after 'and goes on'

# A daemon that dies over a guest's change: the next one makes it
d=$(daemon_pid)
mkdir "$X/late"
put "$X/late/cmd" "echo on; read x; perl /srv/mdata.pl $S PUT late yes" >/dev/null
timeout 30 head -n 1 "$X/late/stdout" >/dev/null
put "$X/late/stdin" "go
" >/dev/null
kill -9 "$d"
is "$(timeout 60 sed 1d "$X/late/stdout") $(cat "$M/late")" 'SUCCESS yes' 'a change while the daemon dies is made'
is "$(put "$Z/ctl" reboot) $(within 'cat /run/metadata/late')" 'ok yes' 'a reboot has all of it'
is "$(put "$Z/ctl" halt) $(cat "$M/late")" 'ok yes' 'it stays with a zone that is halted'

# An image's root, with a link for /run
mkdir -p "$TMP/root/dev" "$TMP/root/var/run"
ln -s var/run "$TMP/root/run"
mkdir "$TMP/root/bin"
cp "$(command -v busybox)" "$TMP/root/bin/busybox"
init_libraries "$TMP/root"
mkdir "$MNT/images/i"
is "$(put "$MNT/images/i/ctl" "import $TMP/root") $(put "$Z/mounts" none) $(put "$Z/image" i) $(put "$Z/init" '/bin/busybox cat /run/metadata/late') $(put "$Z/ctl" boot) $(ended "$Z") $(tr -d '\r' <"$Z/log" | tail -n 1)" 'ok ok ok ok ok exited 0 yes' 'the first program of an image has it, too'

# VMs
if why=$(linux_missing); then
	skip "$why" 'a VM has it on its second serial line'
else
	V=$VMS/v M=$VMS/v/metadata
	mkdir "$V"
	linux_typed
	put "$V/config" "kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 quiet
accel=tcg" >/dev/null
	printf 'of the VM\n' >"$M/user-data"
	up 'a VM with metadata boots'
	guest 'exec 3<>/dev/ttyS1; stty -F /dev/ttyS1 raw -echo; say() { echo "$1" >&3; read -r a <&3; echo "$a"; }' >/dev/null
	is "$(guest 'say; say "NEGOTIATE V2"; say "GET none"')" 'invalid command
V2_OK
NOTFOUND' 'its guest asks on the second serial line'
	is "$(guest 'say "GET user-data"; read -r a <&3; echo $a; read -r a <&3; echo $a')" 'SUCCESS
of the VM
.' 'and is answered'
	wire() { perl "$HERE/mdata.pl" - "$@"; }
	is "$(guest "say '$(wire PUT from-guest yes)'" | cut -d' ' -f4-) $(cat "$M/from-guest")" '0badcafe SUCCESS yes' 'what it puts is a file'
	is "$(guest "say '$(wire DELETE from-guest)'" | cut -d' ' -f4-) $(ls "$M")" '0badcafe SUCCESS user-data' 'what it deletes is none'
	is "$(guest "say '$(wire GET sdc:uuid)'" | sed 's/.* //' | base64 -d)" "$(cat "$V/uuid")" 'it knows its number'
	ok 'kill -9 of the daemon' killed
	echo later >"$M/user-data"
	is "$(guest 'say "GET user-data"; read -r a <&3; echo $a; read -r a <&3; echo $a')" 'SUCCESS
later
.' 'the next daemon tells it more'
	is "$(put "$V/ctl" halt)" ok 'halt'
fi
finish
