#!/bin/sh
# What a host lacks, the file host says: here for images, on a file system that can't be id-mapped.
. "$(dirname "$0")/lib.sh"
images() { # the line of host, when the probe is through
	for _ in $(seq 300); do
		chmod 440 "$MNT/host" && chmod 444 "$MNT/host" # its text is made anew
		case $(key "$MNT/host" images) in *'not through yet') sleep 0.1 ;; *) break ;; esac
	done
	key "$MNT/host" images
}
setup
is "$(images)" usable 'images are usable'
kill -9 "$(daemon_pid)"
is "$(images)" usable 'the next daemon says so, too'
_pids="$(helper_pid) $(daemon_pid)"
ok 'umount' umount "$MNT"
# shellcheck disable=SC2086  # several pids
gone $_pids
mkdir -p "$TMP/upper" "$TMP/work" "$TMP/lower/sbin" "$TMP/tree"
if ! mount -t overlay overlay -o "lowerdir=$TMP/lower,upperdir=$TMP/upper,workdir=$TMP/work" "$TMP/state" 2>/dev/null; then
	skip 'no overlayfs there' 'the rest'
	mount_tree
	finish
fi
ok 'state= on overlayfs' mount_tree
WHY='the file system of state= can'"'"'t be id-mapped: give state= on ext4, xfs or btrfs'
is "$(images)" "unusable: $WHY" 'host says that there are no images'
Z=$ZONES/a
mkdir "$Z" "$MNT/images/i" "$TMP/tree/sbin"
is "$(put "$MNT/images/i/ctl" "import $TMP/tree")" ok 'one is imported all the same' || diag "$(cat "$MNT/images/i/error")"
put "$Z/image" i >/dev/null
is "$(put "$Z/ctl" boot)" EOPNOTSUPP 'a zone does not boot from it'
like "$(cat "$Z/error")" "^ctl: boot: .*$WHY" 'and says why'
put "$Z/image" host >/dev/null
is "$(put "$Z/ctl" boot)" ok "one on the host's /usr does" || diag "$(cat "$Z/error")"
put "$Z/ctl" halt >/dev/null
_pids="$(helper_pid) $(daemon_pid)"
ok 'umount' umount "$MNT"
# shellcheck disable=SC2086  # several pids
gone $_pids
ok 'the place is given back' umount "$TMP/state"
mount_tree
finish
