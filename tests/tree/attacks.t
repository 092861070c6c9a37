#!/bin/sh
# What a fresh eye found once: each of these broke something.
. "$(dirname "$0")/lib.sh"
setup
U=65534
Z=$ZONES/a

# A set-uid program whose standard error is a file of the tree speaks as root, not as its user
mkdir "$Z"
put "$Z/cpu.cap" 10 >/dev/null
chown $U "$Z/config"
if [ -u /usr/bin/su ]; then
	# shellcheck disable=SC2016
	CONFIG=$Z/config perl -e '$( = $) = "65534 65534"; $< = $> = 65534;
		open(F, ">", $ENV{CONFIG}) or die; open(STDERR, ">&", \*F) or die;
		exec {"/usr/bin/su"} "cpu.cap=6400\n#", "-Z"'
	is "$(cat "$Z/cpu.cap")" 10 'a set-uid program does not write for its user'
else
	skip 'there is no set-uid su' 'a set-uid program does not write for its user'
fi

# What the host has mounted in our directories is left alone, and never EBUSY, which NFS clients ask again
mkdir "$ZONES/m" "$TMP/mine"
touch "$TMP/mine/kept"
put "$ZONES/m/ctl" boot >/dev/null
put "$ZONES/m/ctl" halt >/dev/null
private=$TMP/state/roots/$(key "$ZONES/m/status" id)
mkdir "$private/var/there"
mount --bind "$TMP/mine" "$private/var/there"
is "$(try rmdir "$ZONES/m")" ENOTEMPTY 'a zone in whose files something is mounted is not removed'
like "$(cat "$ZONES/m/error")" 'mounted in its files: umount ' '... and says why'
umount "$private/var/there" || umount "$private"/*/there
mount --bind "$TMP/mine" "$private"
is "$(try rmdir "$ZONES/m")" ENOTEMPTY 'nor one that is hidden by a mount'
umount "$private"
is "$(try rmdir "$ZONES/m") $(ls "$TMP/mine")" 'ok kept' 'else it is, and what was mounted is there'
file=$TMP/state/objects/$(key "$Z/status" id)
mount --bind "$file" "$file"
# The daemon has mounts of its own: where the host's are private it does not see this one, and the kernel takes it away
case $(findmnt -no PROPAGATION -T "$TMP") in shared*) want='EIO 10' ;; *) want='ok 20' ;; esac
is "$(put "$Z/cpu.cap" 20) $(cat "$Z/cpu.cap")" "$want" 'settings that are a mount of the host are not written through it'
is "$(cat "$file" | grep -c 'cpu.cap 20')" "$([ "$want" = 'ok 20' ] && echo 1 || echo 0)" '... but as they are'
umount "$file" 2>/dev/null || :

# Streams are read a byte at a time by sh, and by blocks by others
is "$(dd bs=1 if="$Z/wait" 2>/dev/null)" '-' 'wait can be read byte by byte'
is "$(perl -e 'open F, "<", $ARGV[0]; sysseek F, 1, 0 or print "$!"; sysread F, my $t, 9; sysseek F, 0, 0; sysread F, $t, 9, 1; print $t' "$Z/wait" | od -An -c | tr -d ' ')" '\n-\n' 'and at any place, as servers of network shares do'
for n in 1 2 3; do
	timeout 30 sh -c 'n=0; while read -r _; do n=$((n + 1)); [ $n -lt 6 ] || break; done; echo $n' <"$Z/event" >"$TMP/lines" &
	reader=$!
	# opened before we go on: the reader has blocked once a write has come through to it
	for cap in 11 12 13 14 15 16 17 18 19 20; do put "$Z/cpu.cap" $cap >/dev/null; done
	wait $reader && break
done
is "$(cat "$TMP/lines")" 6 'a loop of read gets every event'

# rmdir while others write: it stays away, also after the next mount
for n in 1 2 3 4 5 6 7 8 9 10; do
	mkdir "$ZONES/w"
	for f in cpu.cap cpu.shares pids.max; do
		(for v in 1 2 3 4 5 6 7 8 9; do put "$ZONES/w/$f" $v; done) >/dev/null 2>&1 &
	done
	rmdir "$ZONES/w" || diag "rmdir: $(cat "$ZONES/w/error")"
	wait
done
ok 'umount and mount' remount
is "$(ls -I help "$ZONES")" a 'what was removed while it was written stays away'

# umount -l with a reader that waits: the next mount is not kept out
exec 9<"$Z/event"
timeout 60 cat <&9 >/dev/null &
reader=$!
umount -l "$MNT"
ok 'a mount after umount -l' mount_tree
kill $reader 2>/dev/null
exec 9<&-
is "$(cat "$Z/state")" configured 'answers'

# A daemon that was killed is followed by one that knows what runs
is "$(put "$Z/ctl" boot)" ok 'a zone runs'
pid=$(pid_of "$Z")
for n in 1 2 3 4 5; do
	kill -9 "$(daemon_pid)"
	[ "$(pid_of "$Z")" = "$pid" ] || diag "pid is $(pid_of "$Z")"
	[ "$(pid_of "$Z")" = "$pid" ] || break
done
is "$(pid_of "$Z")" "$pid" 'its pid is known at once'
V=$VMS/v
if command -v "qemu-system-$(uname -m)" >/dev/null; then
	mkdir "$V"
	put "$V/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=echo" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a VM runs'
	kill -9 "$(daemon_pid)"
	like "$(cat "$V/status")" '^accel tcg' 'its accelerator is known'
	is "$(put "$V/memory.max" 1G)$(put "$V/memory.max" none)" okok 'its memory limit, changed and back'
	among 700000000 "$(cat "/sys/fs/cgroup/memory/$CG/$(key "$V/status" id)/memory.limit_in_bytes" 2>/dev/null || echo 700000000)" \
		800000000 'is that of its RAM again'
else
	skip 'no QEMU' 'a VM over a killed daemon'
fi

# What is left of private files that were being made goes: at once on a full disk, by rmdir after a crash
mkdir "$ZONES/f"
left=$TMP/state/roots/$(key "$ZONES/f/status" id).new
mkdir -p "$left/etc"
is "$(try rmdir "$ZONES/f") $(ls -d "$left" 2>/dev/null)" 'ok ' 'rmdir removes private files that were half made'
end_tree() {
	_old="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	unmount && gone $_old
}
end_tree && mount -t tmpfs -o nr_inodes=30 none "$TMP/state/roots" && mount_tree
mkdir "$ZONES/f"
is "$(put "$ZONES/f/ctl" boot) $(ls "$TMP/state/roots")" 'EIO ' 'a full disk: the boot fails, and leaves nothing on it'
like "$(cat "$ZONES/f/error")" ': No space left on device' '... and says so'
rmdir "$ZONES/f"
end_tree && umount "$TMP/state/roots"
mount_tree

finish
