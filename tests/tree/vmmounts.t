#!/bin/sh
# Directories of the host's that a guest mounts by virtiofs: whose they are, on both sides, the jail of
# what serves them, and its end.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
[ "$(uname -m)" = x86_64 ] || skip_all 'the guests are of x86-64'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
put "$V/accel" tcg >/dev/null
U=60001 OTHER=60002

as_put() { # UID FILE TEXT
	_as=$1
	shift
	printf %s "$2" | AS=$_as try write "$1"
}

# --- lines ------------------------------------------------------------------------------------

accepted "$V/mounts" "/srv/a a ro
/srv/b\\040b b.2 rw
/srv/c C_c- rw owner=zone"
refused "$V/mounts" '/srv a' EINVAL 'a line has not three words, or four: give lines of SOURCE TAG'
refused "$V/mounts" 'srv a ro' EINVAL 'whole path'
refused "$V/mounts" '/srv a/b ro' EINVAL '"a/b" is no TAG, which is at most 36 of'
refused "$V/mounts" '/srv a,b=c ro' EINVAL 'is no TAG'
refused "$V/mounts" "/srv $(printf %037d 1) ro" EINVAL 'is no TAG'
refused "$V/mounts" '/srv a read' EINVAL '"read" is neither ro nor rw'
refused "$V/mounts" '/srv a ro owner=zone' EINVAL 'is not owner=zone behind rw'
refused "$V/mounts" '/srv a rw map=0:0' EINVAL 'is not owner=zone behind rw'
refused "$V/mounts" 'tmpfs a size=1M' EINVAL 'a guest makes a tmpfs of its own memory by itself'
refused "$V/mounts" '/srv a ro
/usr a ro' EINVAL 'TAG a is there twice'
refused "$V/mounts" "$(for i in 1 2 3 4 5 6 7 8 9; do echo "/srv a$i ro"; done)" ERANGE 'more than 8 lines'

# --- what can't be given ------------------------------------------------------------------------

if ! [ -s "$KERNEL/vmlinuz" ]; then
	skip 'no kernel' 'guests'
	finish
fi
put "$V/config" "kernel=$KERNEL/vmlinuz
append=console=ttyS0 quiet" >/dev/null
mkdir "$TMP/u" "$TMP/o" "$TMP/rooted" "$TMP/z"
echo u >"$TMP/u/f" && echo o >"$TMP/o/f" && echo r >"$TMP/rooted/f" && chmod 600 "$TMP/rooted/f"
ln -s /etc/hostname "$TMP/u/out" && ln -s ../../../etc "$TMP/u/up"
chown -R $U:$U "$TMP/u" && chown -R $OTHER:$OTHER "$TMP/o" && chmod 700 "$TMP/o" "$TMP/u"
unbootable() { # LINE ERE DESCRIPTION
	put "$V/mounts" "$1" >/dev/null
	is "$(put "$V/ctl" boot) $(cat "$V/state")" 'EIO failed' "$3"
	like "$(cat "$V/error")" "boot: mounts: $2" 'and error says so'
}
put "$V/mounts" "$TMP/u t ro" >/dev/null
if [ "$(put "$V/ctl" boot)" = EOPNOTSUPP ]; then
	like "$(cat "$V/error")" 'mounts: there is no virtiofsd: install it' 'no virtiofsd: said so'
	skip 'no virtiofsd here' 'mounts by virtiofs'
	finish
fi
put "$V/ctl" halt >/dev/null
unbootable "$TMP/nosuch t ro" '.*No such file' 'a directory that is not there'
unbootable "$TMP/u/f t ro" '.*/u/f is a file: give the directory that it is in' 'a file'
unbootable "$TMP/rooted t rw" ".*/rooted is root's.*say rw owner=zone" "root's own for writing"
try chown $U "$V/mounts" >/dev/null
as_put $U "$V/mounts" "$TMP/o t ro" >/dev/null
is "$(put "$V/ctl" boot)" EIO "another user's directory is not one's to give"
like "$(cat "$V/error")" "boot: mounts: .*/o as user $U: Permission denied" 'and error says so'
as_put $U "$V/mounts" "$TMP/u t rw owner=zone" >/dev/null
is "$(put "$V/ctl" boot) $(stat -c %u "$TMP/u")" "EIO $U" 'nor is it a user who gives files away'

# --- a guest ----------------------------------------------------------------------------------

if why=$(linux_missing); then
	skip "$why" 'a guest with mounts'
	finish
fi
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci fuse virtiofs
linux_initrd <<'INIT'
for t in u r z ro; do mkdir /$t; mount -t virtiofs $t /$t || echo "no $t"; done
stty -echo
while echo == ready && read -r line; do sh -c "$line" 2>&1; done
INIT
guest_boot() {
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok "$1" || diag "$(cat "$V/error")"
	ok 'the guest has mounted' await 7 '== ready'
}
guest() { # COMMAND: what it prints in the guest
	put "$V/console" "$1; echo == done
" >/dev/null
	await 7 '== ready' | tr -d '\r' | sed '/^== /d; /^$/d' # the end of the line before is there, too
}
servers() { # in the VM's groups
	for _p in $(cat /sys/fs/cgroup/*/"$CG"/*/cgroup.procs /sys/fs/cgroup/"$CG"/*/cgroup.procs 2>/dev/null | sort -un); do
		[ "$(cat "/proc/$_p/comm" 2>/dev/null)" = virtiofsd ] && echo "$_p"
	done
	return 0
}
status_of() { awk -v k="$2:" '$1 == k { print $2 }' "/proc/$1/status"; } # PID KEY
put "$V/initrd" "$TMP/initrd" >/dev/null
is "$(put "$V/mounts" "$TMP/u u rw
$TMP/rooted r ro
$TMP/z z rw owner=zone
$TMP/o ro ro")" ok 'root gives four'
exec 8<"$V/event"
guest_boot 'a guest with four mounts'
is "$(guest 'cat /u/f /r/f /ro/f; stat -c %u:%a /u /u/f /r/f /z')" "u
r
o
0:700
0:644
0:600
0:755" "it reads them: what is the owner's is its root's"
is "$(guest 'echo hello >/u/new && mkdir /u/d && mv /u/new /u/d/ && cat /u/d/new && rm /u/f; ls -1 /u')" "hello
d
out
up" 'and writes'
is "$(cat "$TMP/u/d/new") $(stat -c %u "$TMP/u/d" "$TMP/u/d/new" | tr '\n' ' ')" "hello $U $U " 'what its root makes is the owner'"'"'s'
like "$(guest 'for i in /r/x /ro/x; do echo x >$i; done; chmod 777 /r/f; rm /r/f')" '^(.*Read-only file system.*)$' 'ro is for reading'
is "$(ls "$TMP/rooted" "$TMP/o" | tr '\n' ' ') $(stat -c %a "$TMP/rooted/f")" "$TMP/o: f  $TMP/rooted: f  600" 'nothing came of it'
is "$(guest 'mkdir -p /etc; echo inside >/etc/hostname; cat /u/out')" inside 'a link leads to where it leads in the guest'
is "$(guest 'cd /u; ls ../../../.. | grep -c rooted')" 0 'and no .. leads out'
zone=$(stat -c %u "$TMP/z")
is "$(guest 'echo z >/z/f; echo 1 >/z/one; chown 1000:1000 /z/one; chown 65534 /z/f && chown 0 /z/f; stat -c %u:%g /z/f /z/one')" "0:0
1000:1000" 'owner=zone: it is the guest'"'"'s'
is "$(stat -c %u:%g "$TMP/z/f" "$TMP/z/one" | tr '\n' ' ')" "$zone:$zone $((zone + 1000)):$((zone + 1000)) " 'with uids of its own on the host'
unlike "$zone" "^($(status_of "$(pid_of "$V")" Uid)|0|$U)\$" "which are not QEMU's, nor anybody's"
is "$(guest 'cp /bin/busybox /z/su && chmod 4755 /z/su && stat -c %a /z/su; mknod /z/null c 1 3 || echo no device')" "4755
mknod: /z/null: Operation not permitted
no device" 'a set-uid program, and no device'

# --- the jail ---------------------------------------------------------------------------------

is "$(servers | wc -l) $(wc -l <"$V/procs")" '4 1' 'four virtiofsd serve it, and the zone has QEMU alone'
p=$(servers | tail -n 1)
is "$(status_of "$p" Uid) $(status_of "$p" NoNewPrivs) $(status_of "$p" Seccomp)" "$zone 1 2" 'each is nobody of the host'"'"'s'
same=
for n in user mnt pid net ipc uts; do [ "/proc/$p/ns/$n" -ef /proc/self/ns/$n ] && same="$same $n"; done
is "$same" '' 'in namespaces of its own'
is "$(sed -n 's/^ *\([^ ]*\):.*/\1/p' "/proc/$p/net/dev" | tr '\n' ' ')" 'lo ' 'without a network'
is "$(nsenter -t "$p" -m ls -A / | tr '\n' ' ')" 'lib lib64 own proc usr ' 'and with a root of its own'
unlike "$(awk '{ print $5 }' "/proc/$p/mountinfo")" '^/(etc|home|var|tmp|root|run|dev|sys)' 'that shows nothing else'

# --- an end -----------------------------------------------------------------------------------

kill -9 "$p"
ok 'one that is killed is an event' await 8 ' mount_lost tag='
tag=$(key "$V/status" mounts_lost)
like "$tag" '^(u|r|z|ro)$' 'and status names it'
like "$(cat "$V/error")" "^mounts: $tag: its virtiofsd has ended: its guest has it again after a boot" 'error says what helps'
is "$(cat "$V/state")" running 'the guest runs on'
for t in u r z ro; do [ $t = "$tag" ] || other=$t; done
like "$(guest "ls -d /$other")" "^/$other\$" 'and has the others'
daemon=$(daemon_pid)
kill -9 "$daemon" && gone "$daemon"
is "$(key "$V/status" mounts_lost)" "$tag" 'the next daemon knows, too'
before=$(servers)
put "$V/ctl" halt >/dev/null
# shellcheck disable=SC2086  # several pids
ok 'they end with the guest' gone $before
is "$(key "$V/status" mounts_lost)" - 'which has lost nothing then'

# --- another's --------------------------------------------------------------------------------

mkdir "$TMP/both" && echo o >"$TMP/both/o" && chown $OTHER "$TMP/both/o" && chmod 600 "$TMP/both/o" && chmod 777 "$TMP/both"
try chown $U "$V/mounts" >/dev/null
is "$(as_put $U "$V/mounts" "$TMP/both u rw")" ok 'a user gives what all may enter'
guest_boot 'and the guest'
like "$(guest 'cat /u/o; chown 0 /u/o; stat -c %u /u/o; echo m >/u/m')" "can't open '/u/o': Permission denied" "has no more of it than the user"
is "$(cat "$TMP/both/o") $(stat -c %u "$TMP/both/o" "$TMP/both/m" | tr '\n' ' ')" "o $OTHER $U " 'what it makes is his'
put "$V/console" 'reboot -f
' >/dev/null
ok 'a guest that resets itself mounts again' await 7 '== ready'
is "$(guest 'cat /u/m')" m 'and reads'
put "$V/console" 'poweroff -f
' >/dev/null
is "$(ended "$V")" 'exited 0' 'it powers itself off'
is "$(grep -c 'its virtiofsd has ended' "$V/log")" 1 'and no mount was lost by that'

# --- microvm ----------------------------------------------------------------------------------

put "$V/machine" microvm >/dev/null
put "$V/mounts" "$TMP/u u ro" >/dev/null
is "$(put "$V/ctl" boot)" ok 'a microvm has them, too' || diag "$(cat "$V/error")"
put "$V/ctl" halt >/dev/null
is "$(try rmdir "$V")" ok 'they go with the VM' || diag "$(cat "$MNT/vms/error")"
finish
