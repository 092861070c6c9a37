#!/bin/sh
# Installed: below a directory of its own, shown in its place in a mount namespace of ours, so that it is
# where mount(8) and all paths in it expect it, and the host's /sbin and /usr/local stay as they are.
if [ "${1-}" != inside ]; then exec unshare -m sh "$0" inside; fi
# trees of others, which would not end with their own umount
# shellcheck disable=SC2046  # several mounts
umount -l $(awk '/ - fuse\.warren / { print $5 }' /proc/self/mountinfo) 2>/dev/null
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" -eq 0 ] || skip_all 'only root may mount'
TOP=${HERE%/tests/tree}
[ -e "$TOP/Makefile" ] || skip_all 'no Makefile came along'
command -v make >/dev/null || skip_all 'no make here'
unmounted() {
	_pids="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	unmount && gone $_pids
}
setup
ok 'umount' unmounted
DEST=$TMP/dest
installed() { (cd "$DEST" && find . ! -type d -printf '%m %p %l\n' | sed 's,^777 \(.* [^ ]\),link \1,; s, $,,' | sort -k 2); }
made() { # TARGET VARIABLE...: as make from the build that is tested, which has all that it needs
	make -C "$TOP" --no-print-directory O="$WARREN_BUILD" -o all DESTDIR="$DEST" "$@" >"$TMP/make.out" 2>&1 || diag "$(cat "$TMP/make.out")"
}
ok 'make install' made install
is "$(installed)" 'link ./sbin/mount.warren /usr/local/libexec/warren/mount.warren
link ./usr/local/bin/warren ../libexec/warren/warren
644 ./usr/local/lib/systemd/system/warren-shutdown.service
644 ./usr/local/lib/systemd/system/warren-zones.service
644 ./usr/local/lib/systemd/system/warren.service
755 ./usr/local/libexec/warren/mount.warren
755 ./usr/local/libexec/warren/warren
755 ./usr/local/libexec/warren/warren-import
755 ./usr/local/libexec/warren/warren-init
755 ./usr/local/libexec/warren/warren-monitor
644 ./usr/local/share/man/man7/warren-guide.7
644 ./usr/local/share/man/man7/warren-rctl.7
644 ./usr/local/share/man/man7/warren.7
644 ./usr/local/share/man/man8/mount.warren.8
644 ./usr/local/share/man/man8/warren.8' 'leaves these files'
is "$(find "$DEST" -type d ! -perm 755)$(find "$DEST" ! -user 0)" '' "root's, and their directories open to all"
ok 'make install again' made install
ok 'make install elsewhere' made install PREFIX=/usr
ok 'make uninstall there' made uninstall PREFIX=/usr
is "$(installed | grep -c .)" 14 'takes what it brought, and the link in /sbin'
ok 'make install once more' made install

# --- in its place ---
SBIN=$(readlink -f /sbin)
ok 'it is shown where it belongs' sh -c '
	mount --bind "$1/dest/usr/local" /usr/local &&
	{ [ ! -e "$2/mount.warren" ] || mount --bind "$1/dest/usr/local/libexec/warren/mount.warren" "$2/mount.warren"; } &&
	{ [ -e "$2/mount.warren" ] || mount -t overlay overlay -o "lowerdir=$1/dest/sbin:$2" "$2"; }' sh "$TMP" "$SBIN"
OPTIONS=state=$TMP/state,run=$TMP/run,cgroup=$CG
by_mount() { timeout 30 mount "$@" >"$TMP/mount.out" 2>&1 </dev/null || diag "$(cat "$TMP/mount.out")"; }
ok 'mount -t warren' by_mount -t warren warren "$MNT" -o "$OPTIONS"
is "$(findmnt -no SOURCE,FSTYPE "$MNT" | tr -s ' ')" 'warren fuse.warren' 'findmnt shows it'
is "$(readlink "/proc/$(helper_pid)/exe")" /usr/local/libexec/warren/mount.warren 'what runs is what was installed'
Z=$ZONES/a
mkdir "$Z"
is "$(put "$Z/ctl" boot)" ok 'a zone boots' || diag "$(cat "$Z/error")"
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'echo here' >/dev/null
is "$(cat "$Z/exec/j/wait" "$Z/exec/j/stdout")" 'exited 0
here' 'and runs commands'
mkdir "$MNT/images/i"
is "$(put "$MNT/images/i/ctl" "import $DEST/sbin")" ok 'an image is imported' || diag "$(cat "$MNT/images/i/error")"
pid=$(pid_of "$Z")
ok 'umount' unmounted
printf 'warren %s warren noauto,nofail,x-systemd.automount,%s 0 0\n' "$MNT" "$OPTIONS" >"$TMP/fstab"
ok 'mount by a line of fstab' by_mount -T "$TMP/fstab" "$MNT"
is "$(cat "$Z/state") $(pid_of "$Z")" "running $pid" 'finds the zone'
ok 'a new version is installed while it runs' made install
kill -9 "$(daemon_pid)"
is "$(timeout 20 cat "$Z/state")" running 'and the next daemon is of it'
unlike "$(readlink "/proc/$(daemon_pid)/exe")" deleted 'by its file'
is "$(put "$Z/ctl" reboot)" ok 'zones reboot with it' || diag "$(cat "$Z/error")"
ok 'umount' unmounted

# automount DIR FILE COMMAND...: as autofs and systemd do it, COMMAND mounts at DIR because somebody reads
# FILE in it; prints what he read. Only the automounter's own process group gets through to DIR meanwhile.
automount() {
	timeout -k 1 60 perl -e '
		my ($dir, $file, @command) = @ARGV;
		$^F = 1000; # the kernel shall have the pipe
		pipe my $in, my $out or die $!;
		setpgrp;
		my $options = sprintf "fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", fileno $out, getpgrp;
		syscall(165, my $source = "test", $dir, my $type = "autofs", 0, $options) == 0 or die "mount: $!\n"; # mount
		$^F = 2;
		open my $root, "<", $dir or die "$dir: $!\n";
		unless (fork) {
			setpgrp;
			close $in;
			alarm 40;
			open my $f, "<", "$dir/$file" or die "$dir/$file: $!\n";
			print <$f>;
			exit;
		}
		sysread $in, my $packet, 400;
		my $token = unpack "x8L", $packet;
		my $bad = system "timeout", "--foreground", "20", @command; # --foreground: in our group
		ioctl $root, $bad ? 0x9361 : 0x9360, $token or die "ioctl: $!\n"; # AUTOFS_IOC_FAIL, AUTOFS_IOC_READY
		wait' -- "$@"
}
if grep -q 'autofs$' /proc/filesystems && [ "$(uname -m)" = x86_64 ]; then
	is "$(automount "$MNT" version mount -t warren warren "$MNT" -o "$OPTIONS")" "$(/usr/local/bin/warren --version)" 'autofs mounts it when it is looked at'
	is "$(cat "$Z/state")" running 'with its zones'
	ok 'umount' unmounted
	umount "$MNT"
else
	skip 'this kernel has no autofs' 'autofs mounts it'
fi
ok 'warren MOUNTPOINT' timeout 30 /usr/local/bin/warren -o "$OPTIONS" "$MNT"
is "$(cat "$Z/state")" running 'serves it'
is "$(/usr/local/bin/warren --version)" "$(cat "$MNT/version")" 'warren --version'
put "$Z/ctl" halt >/dev/null
ok 'umount' unmounted
ok 'mount with an option that is none' sh -c '! mount -t warren warren "$1" -o foo 2>"$2"' sh "$MNT" "$TMP/why"
like "$(cat "$TMP/why")" '"foo" is not an option' 'says so'
rm /usr/local/libexec/warren/warren-init
ok 'a program is missing' sh -c '! mount -t warren warren "$1" -o "$2" 2>"$3"' sh "$MNT" "$OPTIONS" "$TMP/why"
like "$(cat "$TMP/why")" 'open the program /usr/local/libexec/warren/warren-init: No such file or directory: install warren whole' 'and named'
ok 'make install over it' made install
ok 'make uninstall' made uninstall
is "$(find "$DEST" ! -type d)" '' 'leaves nothing'
ok 'the place is given back' sh -c '
	umount /usr/local && { umount "$1/mount.warren" 2>/dev/null || umount "$1"; }' sh "$SBIN"
ok 'and what was built mounts' mount_tree
finish
