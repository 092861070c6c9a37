#!/bin/sh
# A zone with a file system of its own that never answers: changes of its mounts fail, and hang nothing.
. "$(dirname "$0")/lib.sh"
[ -c /dev/fuse ] || skip_all 'there is no /dev/fuse'
setup
Z=$ZONES/a
mkdir "$Z" "$TMP/src"
shown() { grep -c "$TMP/src" "/proc/$(pid_of "$Z")/mountinfo"; }
is "$(put "$Z/devices" '/dev/fuse rw')$(put "$Z/privileges" +sys_admin)$(put "$Z/ctl" boot)" okokok 'a zone with /dev/fuse' || diag "$(cat "$Z/error")"
cat >"$TMP/hang.pl" <<'PERL'
sysopen my $f, "/dev/fuse", 2 or die "open: $!";
mkdir "/home/hang";
my @s = ("x", "/home/hang", "fuse", "fd=" . fileno($f) . ",rootmode=40000,user_id=0,group_id=0");
syscall(165, $s[0], $s[1], $s[2], 0, $s[3]) == 0 or die "mount: $!";
sysread $f, my $b, 200000; # FUSE_INIT, the only request that is answered
my (undef, undef, @unique) = unpack "VVVV", $b;
defined syswrite $f, pack "VVVVVVVVvvVVvvV8", 80, 0, @unique, 7, 31, 65536, 0, 12, 10, 65536, 1, 1, 0, (0) x 8 or die "init: $!";
$| = 1;
print "hanging\n";
1 while sysread $f, $b, 200000;
PERL
cp "$TMP/hang.pl" "$TMP/state/roots/$(key "$Z/status" id)/root/"
if [ "$(uname -m)" != x86_64 ]; then
	skip 'mount(2) has another number here' 'a file system that hangs'
	finish
fi
mkdir "$Z/exec/h"
put "$Z/exec/h/cmd" 'perl /root/hang.pl 2>&1' >"$TMP/put"
exec 7<"$Z/exec/h/stdout"
ok 'a file system that does not answer' await 7 hanging
exec 7<&-
is "$(put "$Z/mounts" "$TMP/src /mnt ro
$TMP/src /home/hang/x ro")" EIO 'a place in it is refused after a while'
like "$(cat "$Z/error")" "^mounts: the zone's own file systems don't answer" 'and that is said'
is "$(put "$Z/mounts" "$TMP/src /srv ro") $(shown)" 'ok 1' 'nothing of that is left, and other places are fine'
is "$(put "$Z/init" /home/hang/init)$(put "$Z/ctl" 'reboot 1') $(cat "$Z/state")" 'okEIO failed' 'a reboot is not held up by it'
like "$(cat "$Z/error")" 'init: no such program "/home/hang/init"' 'the boot finds what is wrong'
is "$(put "$Z/init" none) $(put "$Z/ctl" boot) $(cat "$Z/state")" 'ok ok running' 'boot'
is "$(put "$Z/ctl" halt) $(put "$Z/ctl" boot) $(cat "$Z/state")" 'ok ok running' 'halt and boot'
finish
