#!/bin/sh
# Host paths: whoever writes one is seen by the helper, and without its seal none is opened.
. "$(dirname "$0")/lib.sh"
setup
U=65534
Z=$ZONES/a
mkdir "$Z" "$ZONES/b" "$TMP/src" "$TMP/other"
: >"$TMP/src/f"
chmod 755 "$TMP/src"
LINE="$TMP/src /mnt ro"
settings() { echo "$TMP/state/objects/$(key "$1/status" id)"; }
sealed() { grep -c "^attr $2-seal 0 0 0 0 0 [0-9a-f]\{32\}" "$(settings "$1")"; }
is "$(stat -c '%U %a' "$TMP/state/key")" 'root 600' 'the key of seals is for root alone'
like "$(grep -F " $MNT " /proc/self/mountinfo)" '(^|[ ,])nosymfollow' 'the kernel follows no link of the tree'

# --- how people write ------------------------------------------------------------------------

printf '%s\n' "$LINE" >"$TMP/list"
clear() { echo none | try write "$1"; }
written() { # HOW: by now the file has the line, and its seal
	is "$(cat "$Z/mounts") $(sealed "$Z" mounts)" "$LINE 1" "$1 is seen" || diag "$(cat "$Z/error")"
	clear "$Z/mounts" >/dev/null
}
echo "$LINE" >"$Z/mounts"; written 'echo of a shell'
/bin/echo "$LINE" >"$Z/mounts"; written '/bin/echo'
cat "$TMP/list" >"$Z/mounts"; written 'cat of a file'
cp "$TMP/list" "$Z/mounts"; written 'cp of a file'
tee "$Z/mounts" <"$TMP/list" >/dev/null; written 'tee'
dd if="$TMP/list" of="$Z/mounts" 2>/dev/null; written 'dd'
perl -e 'open F, ">", $ARGV[1]; print F "$ARGV[0]\n"; close F' "$LINE" "$Z/mounts"; written 'print of perl'
unshare -pf sh -c "echo '$LINE' >'$Z/mounts'"; written 'who is in a pid namespace below ours'
put "$ZONES/b/mounts" "$LINE" >/dev/null
cat "$ZONES/b/mounts" >"$Z/mounts"; written 'cat of another file of the tree'
cp "$ZONES/b/mounts" "$Z/mounts"; written 'cp of another file of the tree'
cat "$ZONES/b/config" >"$Z/config"; written 'a config that is copied'
if command -v busybox >/dev/null; then
	busybox cat "$TMP/list" >"$Z/mounts"; written "busybox's cat"
fi
if [ "$(uname -m)" = x86_64 ]; then
	perl -e 'syscall(20, fileno(F), pack("QQQQ", unpack("Q", pack("p", $ARGV[0])), length($ARGV[0]), unpack("Q", pack("p", "\n")), 1), 2) if open F, ">", $ARGV[1]' "$LINE" "$Z/mounts"
	written 'writev'
	is "$(perl -e 'open F, "<", $ARGV[0]; open G, ">", $ARGV[1]; $r = syscall(40, fileno(G), fileno(F), 0, 4096); print $r < 0 ? $!{EPERM} ? "EPERM" : $! : "ok"' "$TMP/list" "$Z/mounts")$(cat "$Z/mounts")" EPERM 'sendfile is not: it is refused'
	like "$(cat "$Z/error")" "^mounts: who writes this can't be seen .*: write it on this host, with echo, cat or cp" 'with what to do'
else
	skip 'its number is another here' 'writev'
fi

# A signal interrupts the wait, never the work, and that is looked at while it waits
i=0 lost=
while [ $i -lt 30 ]; do
	i=$((i + 1))
	perl -MTime::HiRes=ualarm -e '$SIG{ALRM} = sub {}; open F, ">", $ARGV[0]; ualarm(100 * $ARGV[2]); syswrite F, $ARGV[1]' "$Z/mounts" "$TMP/src /mnt$i ro" $((1 + i % 8))
	put "$Z/cpu.cap" $i >/dev/null # behind it
	case $(cat "$Z/mounts") in "$TMP/src /mnt$i ro") ;; *) lost="$lost $i" ;; esac
done
is "$lost" '' 'who is interrupted is seen all the same' || diag "$(cat "$Z/error")"

# --- who -------------------------------------------------------------------------------------

chown $U "$Z/mounts"
is "$(AS=$U put "$Z/mounts" "$LINE") $(grep '^mounts-writer' "$(settings "$Z")" | cut -d' ' -f1-2)" "ok mounts-writer $U" 'a user is who writes, and is sealed as that'
cp "$WARREN_BUILD/tests/try" "$TMP/setuid"
chmod 4755 "$TMP/setuid"
if [ "$(printf x | AS=$U try write /dev/null)" = ok ] && ! findmnt -no OPTIONS -T "$TMP" 2>/dev/null | grep -qw nosuid; then
	is "$(printf '%s' "$LINE" | setpriv --reuid=$U --regid=$U --clear-groups "$TMP/setuid" write "$ZONES/b/mounts")" EPERM 'a set-uid program of root does not write for root'
	like "$(cat "$ZONES/b/error")" '^mounts: a set-uid or set-gid program writes this: ' 'and that is said'
else
	skip "$TMP is nosuid" 'a set-uid program does not write for root'
fi

# --- what is kept ----------------------------------------------------------------------------

is "$(put "$Z/mounts" "$LINE")$(put "$Z/ctl" boot) $(grep -c "$TMP/src" "/proc/$(pid_of "$Z")/mountinfo")" 'okok 1' 'a sealed path is opened at a boot'
put "$Z/ctl" halt >/dev/null
ok 'umount and mount' remount
is "$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)" okok 'after the next mount, too'
is "$(try rename "$Z" "$ZONES/c")$(put "$ZONES/c/ctl" boot)$(put "$ZONES/c/ctl" halt)$(try rename "$ZONES/c" "$Z")" okokokok 'and under another name'

# Settings that somebody changes while no tree is mounted
by_hand() { # SED_SCRIPT FILE
	_old="$(helper_pid) $(daemon_pid)"
	# shellcheck disable=SC2086  # several pids
	unmount && gone $_old && sed -i "$1" "$2" && mount_tree
}
unseen() { # WHAT
	is "$(put "$Z/ctl" boot) $(cat "$Z/state")" 'EIO failed' "$1: no boot"
	like "$(cat "$Z/error")" "^ctl: boot: mounts: nobody was seen to write $TMP/.* here .*: write it again" 'and why'
}
file=$(settings "$Z")
by_hand "s|^set mounts .*|set mounts $TMP/other /mnt ro|" "$file"
unseen 'a path that was changed by hand'
is "$(put "$Z/mounts" "$(cat "$Z/mounts")")$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)" okokok 'written again it is fine'
by_hand 's|^mounts-writer .*|mounts-writer 1234 1234|' "$file"
unseen 'a writer who was changed by hand'
by_hand '/-seal/d' "$file"
unseen 'no seal at all'
put "$Z/mounts" "$LINE" >/dev/null
put "$ZONES/b/mounts" "$LINE" >/dev/null
seal=$(grep '^attr mounts-seal' "$(settings "$ZONES/b")")
by_hand "s|^attr mounts-seal.*|$seal|" "$file"
unseen "the seal of another zone's"
by_hand "s|^attr mounts-seal.*|attr mounts-seal 0 0 0 0 0 nonsense|" "$file"
unseen 'a damaged seal'

# A state of a version without seals, or without its key, with a zone that runs
put "$Z/mounts" "$LINE" >/dev/null
put "$Z/ctl" boot >/dev/null
_old="$(helper_pid) $(daemon_pid)"
# shellcheck disable=SC2086  # several pids
unmount && gone $_old && sed -i /-seal/d "$file" && rm "$TMP/state/key" && mount_tree
is "$(cat "$Z/state") $(sealed "$Z" mounts) $(put "$Z/ctl" halt)$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)" 'running 1 okokok' 'where there is no key yet, what there is is sealed as it is'
is "$(ls "$TMP/state" | grep key)" key 'once'
unseen_b() { put "$ZONES/b/ctl" boot; }
is "$(unseen_b)" EIO 'seals of a key that is no more count for nothing'
is "$(put "$ZONES/b/mounts" "$LINE")$(unseen_b)" okok 'until it is written again'

# --- imports ---------------------------------------------------------------------------------

tar -C "$TMP" -cf "$TMP/x.tar" src
mkdir "$MNT/images/i"
is "$(put "$MNT/images/i/ctl" "import $TMP/x.tar") $(key "$MNT/images/i/status" state)" 'ok ready' 'an import is seen'
finish
