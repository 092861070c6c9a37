#!/bin/sh
# /dev/kvm comes late, as its module does where udev loads it: it is asked for anew, and auto is not TCG before.
# In a /dev of our own, on a host that is up for as long as the daemon's time namespace says.
if [ -z "${WARREN_MOUNTS-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_MOUNTS=1 unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all 'only root may mount'
OWN=$(mktemp -d /tmp/warrent.XXXXXX)
mkdir "$OWN/dev"
mount -t tmpfs tmpfs "$OWN/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$OWN/dev"
mkdir "$OWN/dev/pts" "$OWN/dev/net" "$OWN/dev/shm"
mount --bind /dev/pts "$OWN/dev/pts"
ln -s pts/ptmx "$OWN/dev/ptmx"
ln -s /proc/self/fd "$OWN/dev/fd"
mknod "$OWN/dev/fuse" c 10 229
mount --rbind "$OWN/dev" /dev
trap 'umount -R /dev; umount -R "$OWN/dev"; rm -rf "$OWN"' EXIT
unshare -T --boottime 1000 true 2>/dev/null || skip_all 'no time namespaces here'
up=10
mount_tree() {
	read -r _real _rest </proc/uptime
	timeout 30 unshare -T --boottime $((up - ${_real%.*})) "$WARREN_BUILD/mount.warren" warren "$MNT" \
		-o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null
}
setup
trap 'cleanup; umount -R /dev; umount -R "$OWN/dev"; rm -rf "$OWN"' EXIT
V=$VMS/v
mkdir "$V"
put "$V/kernel" "$WARREN_BUILD/guests/hello" >/dev/null
host() { # KEY WANT: what host says of it, once it says that
	for _ in $(seq 100); do
		chmod 440 "$MNT/host" && chmod 444 "$MNT/host" # its text is made anew
		key "$MNT/host" "$1" | grep -q "$2" && break
		sleep 0.1
	done
	key "$MNT/host" "$1"
}
is "$(host kvm /dev)" 'unusable: there is no /dev/kvm' 'a host without /dev/kvm'
EXT=$(grep -m 1 ^flags /proc/cpuinfo | grep -oEw 'svm|vmx')
if [ -n "$EXT" ]; then
	is "$(key "$MNT/host" accel)" kvm 'soon after its start: auto is KVM, if it comes'
	is "$(put "$V/ctl" boot)" EOPNOTSUPP 'accel=auto: the boot is refused'
	like "$(cat "$V/error")" "^ctl: boot: accel is auto, and there is no /dev/kvm yet, .* has $EXT .*: try again, or set accel to tcg\$" 'with the reason'
else
	is "$(key "$MNT/host" accel)" tcg 'soon after its start, with a processor that has nothing for KVM: auto is TCG'
fi
put "$V/accel" kvm >/dev/null
is "$(put "$V/ctl" boot)" EOPNOTSUPP 'accel=kvm: too'
like "$(cat "$V/error")" 'accel is kvm, but there is no /dev/kvm: set accel to auto or tcg$' 'with its own'
put "$V/accel" auto >/dev/null
up=1000
ok 'later' remount
is "$(host accel tcg)" tcg 'it is TCG'
if command -v "qemu-system-$(uname -m)" >/dev/null; then
	is "$(put "$V/ctl" boot) $(key "$V/status" accel)" 'ok tcg' 'for a VM, too' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
else
	skip 'no QEMU here' 'for a VM, too'
fi
# Whatever it is that comes: it is looked at
mknod "$OWN/dev/kvm" c 1 3
is "$(host kvm KVM_GET)" 'unusable: KVM_GET_API_VERSION: Inappropriate ioctl for device' 'a /dev/kvm comes: host says how it is'
rm "$OWN/dev/kvm"
is "$(host kvm '/dev/kvm$')" 'unusable: there is no /dev/kvm' 'it goes'
mknod "$OWN/dev/kvm" c 10 232
if [ -e /sys/class/misc/kvm ]; then
	unlike "$(host kvm 'usable$\|KVM\|ms at')" 'there is no' 'and the real one comes' 
else
	is "$(host kvm dev)" 'unusable: there is no /dev/kvm' 'a node without its module is none'
fi
finish
