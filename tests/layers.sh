#!/bin/sh
# Which folder may include what (HACKING.md): fails on an include that the table forbids.
#   layers.sh FILE...
allowed() {
	case $1 in
	base) echo 'base' ;;
	fs) echo 'fs base' ;;
	rctl) echo 'rctl fs base' ;;
	# events and the helper are there for all that has them
	images) echo 'images zone/event.h zone/helper.h fs base mount-helper/protocol.h' ;;
	images/import) echo 'images/import base mount-helper/protocol.h' ;;
	zone) echo 'zone images rctl fs base mount-helper/protocol.h' ;;
	zone/monitor) echo 'zone/monitor base mount-helper/protocol.h' ;;
	zone/init) echo 'zone/init base mount-helper/protocol.h' ;;
	vm) echo 'vm zone images rctl fs base mount-helper/protocol.h' ;;
	mount-helper) echo 'mount-helper base' ;;
	.) echo 'confine.h root.h load.h host.h list.h console.h vm zone images rctl fs base mount-helper/protocol.h' ;;
	esac
}
bad=0
for f; do
	dir=$(dirname "$f")
	for inc in $(sed -n 's/^#include "\(.*\)"/\1/p' "$f"); do
		ok=0
		for a in $(allowed "$dir"); do
			case $inc in "$a" | "$a"/*) ok=1 ;; esac
		done
		if [ $ok = 0 ]; then
			echo "$f includes $inc: $dir may include $(allowed "$dir")"
			bad=1
		fi
	done
	lines=$(wc -l <"$f")
	[ "$lines" -le 500 ] || { echo "$f has $lines lines: at most 500"; bad=1; }
done
exit $bad
