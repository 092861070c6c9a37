#!/bin/sh
# Uids of the host's: no two zones, VMs or daemons have one in common, whatever instance they are of.
. "$(dirname "$0")/lib.sh"
setup
B=$TMP/b
mkdir "$B"
mount_b() { # STATE
	timeout 30 "$WARREN_BUILD/mount.warren" warren "$B" -o "state=$1,run=$TMP/run-b,cgroup=$CG.b" >"$TMP/mount.out" 2>&1 </dev/null
}
umount_b() {
	_h=$(MNT=$B helper_pid)
	umount "$B" && gone "$_h"
}
owner() { stat -c %u "/proc/$1"; } # PID
range() { echo $(($(owner "$(pid_of "$1")") / 65536)); } # DIR of a zone
monitor() { sed -n 's/^PPid:\t//p' "/proc/$(pid_of "$1")/status"; } # DIR
kills() { # UID PID: ok, or the errno
	perl -e '$) = $( = $ARGV[0]; $< = $> = $ARGV[0]; $> == $ARGV[0] or die; print kill(0, $ARGV[1]) ? "ok" : $!{EPERM} ? "EPERM" : $!' "$@"
}

ok 'a second instance' mount_b "$TMP/state-b"
for tree in "$MNT" "$B"; do
	mkdir "$tree/zones/z" "$tree/zones/y" && echo 'sleep 1000' | tee "$tree/zones/z/init" >"$tree/zones/y/init"
	is "$(put "$tree/zones/z/ctl" boot)$(put "$tree/zones/y/ctl" boot)" okok 'its zones boot'
done
is "$(for z in "$MNT/zones/z" "$MNT/zones/y" "$B/zones/z" "$B/zones/y"; do range "$z"; done | sort -u | wc -l)" 4 'each has a range of its own'
one=$(daemon_pid) two=$(MNT=$B daemon_pid)
is "$(kills "$(owner "$one")" "$one") $(kills "$(owner "$one")" "$two")" 'ok EPERM' 'a daemon has no power over that of the other instance'
is "$(kills "$(owner "$(monitor "$MNT/zones/z")")" "$(monitor "$B/zones/z")")" EPERM 'nor a monitor over the other one'
is "$(stat -c %u "$TMP/state-b/objects")" "$(owner "$two")" 'its settings are its own'

before=$(range "$B/zones/z")
put "$B/ctl" halt-all >/dev/null
ok 'a zone that was halted' umount_b
ok 'after another mount' mount_b "$TMP/state-b"
is "$(put "$B/zones/z/ctl" boot) $(range "$B/zones/z")" "ok $before" 'has the same' || diag "$(cat "$B/zones/z/error")"

# A copy of a tree is another tree, and its zones' files are those of others
put "$B/ctl" halt-all >/dev/null
umount_b
cp -a "$TMP/state-b" "$TMP/state-c"
ok 'a copy of a tree' mount_b "$TMP/state-c"
is "$(put "$B/zones/z/ctl" boot) $(cat "$B/zones/z/state")" 'EIO failed' 'takes no uids of the other'
like "$(cat "$B/zones/z/error")" "^ctl: boot: uids [0-9]+ and up are those of object [0-9]+ of $TMP/state-b: make a new one" 'and says whose they are'
mkdir "$B/zones/x" && echo 'sleep 1000' >"$B/zones/x/init"
is "$(put "$B/zones/x/ctl" boot)" ok 'a new zone has its own'
put "$B/ctl" halt-all >/dev/null
umount_b

if command -v "qemu-system-$(uname -m)" >/dev/null && [ -e "$WARREN_BUILD/guests/hello" ]; then
	mkdir "$VMS/v" "$VMS/w"
	for v in "$VMS/v" "$VMS/w"; do
		echo "$WARREN_BUILD/guests/hello" >"$v/kernel" && echo tcg >"$v/accel" && echo echo >"$v/append"
		is "$(put "$v/ctl" boot)" ok 'a VM' || diag "$(cat "$v/error")"
	done
	a=$(owner "$(monitor "$VMS/v")") b=$(owner "$(monitor "$VMS/w")")
	is "$((a % 1024)) $((b % 1024)) $((a == b))" '1023 1023 0' 'VMs need few: they share a range, but no uid of it'
	is "$(($(owner "$(pid_of "$VMS/v")") / 1024))" "$((a / 1024))" 'QEMU has one of them'
	for v in "$VMS/v" "$VMS/w"; do put "$v/ctl" halt >/dev/null; done
else
	skip 'no QEMU here' 'VMs'
fi
is "$(kills 0 "$one")" ok 'the first one never noticed'
finish
