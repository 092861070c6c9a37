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
monitored "$MNT/zones/z" && monitored "$B/zones/z"
one=$(daemon_pid) two=$(MNT=$B daemon_pid)
is "$(kills "$(owner "$one")" "$one") $(kills "$(owner "$one")" "$two")" 'ok EPERM' 'a daemon has no power over that of the other instance'
is "$(kills "$(owner "$(monitor "$MNT/zones/z")")" "$(monitor "$B/zones/z")")" EPERM 'nor a monitor over the other one'
is "$(stat -c %u "$TMP/state-b/objects")" "$(owner "$two")" 'its settings are its own'

# Its group is its own, be it mounted or not: another instance there would take its zones for dead
C=$TMP/c
mkdir "$C"
mount_c() { timeout 30 "$WARREN_BUILD/mount.warren" warren "$C" -o "state=$TMP/state-d,run=$TMP/run-d,cgroup=$1" 2>&1 </dev/null; }
like "$(mount_c "$CG")" "cgroup=$CG is that of the instance with state=$TMP/state, whose zones may run: give a group of its own" 'a third one in the group of the first: refused'
umount_b
like "$(mount_c "$CG.b")" "cgroup=$CG.b is that of the instance with state=$TMP/state-b" 'also where that one is not mounted'
ok 'which has lost nothing' mount_b "$TMP/state-b"
is "$(cat "$MNT/zones/z/state" "$MNT/zones/y/state" "$B/zones/z/state" "$B/zones/y/state" | xargs)" 'running running running running' 'all zones run still'

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
is "$(put "$B/zones/y/ctl" boot)" EIO 'nor does the other zone'
mkdir "$B/zones/x" && echo 'sleep 1000' >"$B/zones/x/init"
is "$(put "$B/zones/x/ctl" boot)" ok 'a new zone has its own'
put "$B/ctl" halt-all >/dev/null
# Of an older warren: uids that another tree has, and none
mkdir "$B/zones/w" "$B/zones/v" && echo 'sleep 1000' | tee "$B/zones/w/init" >"$B/zones/v/init"
w=$(key "$B/zones/w/status" id) v=$(key "$B/zones/v/status" id)
umount_b
sed -i "s/^end\$/uids $(($(range "$MNT/zones/z") * 65536))\nend/" "$TMP/state-c/objects/$w"
sed -i 's/^end$/uids 0\nend/' "$TMP/state-c/objects/$v"
ok 'settings of an older warren' mount_b "$TMP/state-c"
is "$(put "$B/zones/w/ctl" boot)$(put "$B/zones/v/ctl" boot)" okok 'who has no files yet gets other uids' || diag "$(cat "$B/zones/w/error" "$B/zones/v/error")"
is "$(for z in "$MNT/zones/z" "$MNT/zones/y" "$B/zones/w" "$B/zones/v"; do range "$z"; done | sort -u | wc -l)" 4 'of its own'
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
