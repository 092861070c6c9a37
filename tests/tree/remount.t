#!/bin/sh
# A mount at the place of one that is just going: the old helper leaves it alone.
. "$(dirname "$0")/lib.sh"
setup
ended=
for i in 1 2 3 4 5; do
	old=$(helper_pid)
	kill -STOP "$old"
	unmount
	mount -t tmpfs "next$i" "$MNT"
	kill -CONT "$old"
	gone "$old"
	[ "$(awk -v m="$MNT" '$2 == m { print $1 }' /proc/mounts)" = "next$i" ] || ended="$ended $i"
	unmount
	mount_tree
done
is "$ended" '' 'a helper that ends does not unmount what is mounted since'
finish
