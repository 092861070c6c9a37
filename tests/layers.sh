#!/bin/sh
# Which folder may include what (HACKING.md): fails on an include that the table forbids, on a file that
# is not on the map there, and on one of more than 500 lines, be it a test.
#   layers.sh FILE...
# A name allows the headers of that folder; NAME/* those of its rooms, too. Rooms of one house don't know each other.
allowed() {
	case $1 in
	base) echo base ;;
	protocol | fs) echo "$1 base" ;;
	host | rctl) echo "$1 fs base protocol" ;;
	images) echo 'images host fs base protocol' ;;
	zone) echo 'zone/* images rctl host fs base protocol' ;;
	zone/*) echo "$1 zone images rctl host fs base protocol" ;;
	vm) echo 'vm/* zone/* images rctl host fs base protocol' ;;
	vm/*) echo "$1 vm zone images rctl host fs base protocol" ;;
	tree | .) echo '. tree vm/* zone/* images rctl host fs base protocol' ;;
	monitor) echo 'monitor/* base protocol' ;;
	monitor/*) echo "$1 monitor base protocol" ;;
	init | import) echo "$1 base protocol" ;;
	mount-helper/kit) echo 'mount-helper/kit base protocol' ;;
	mount-helper/cgroup) echo 'mount-helper/cgroup mount-helper/kit base protocol' ;;
	mount-helper/proof) echo 'mount-helper/proof mount-helper/kit base protocol' ;;
	mount-helper/net) echo 'mount-helper/net mount-helper/cgroup mount-helper/kit base protocol' ;;
	mount-helper/hostmount | mount-helper/image)
		echo "$1 mount-helper/proof mount-helper/cgroup mount-helper/kit base protocol" ;;
	mount-helper/build)
		echo "$1 mount-helper/net mount-helper/hostmount mount-helper/image mount-helper/proof mount-helper/cgroup mount-helper/kit base protocol" ;;
	mount-helper) echo 'mount-helper/* base protocol' ;;
	esac
}

# Does the header lie in one of these folders?
may() { # FOLDER ALLOWED...
	_in=$1
	shift
	for _a; do
		case $_in in
		"$_a") return 0 ;;
		esac
		case $_a in
		*/\*) case $_in in "${_a%/\*}" | "${_a%/\*}"/*) return 0 ;; esac ;;
		esac
	done
	return 1
}

set -f
bad=0
for f; do
	dir=$(dirname "$f")
	list=$(allowed "$dir")
	for inc in $(sed -n 's/^#include "\(.*\)"/\1/p' "$f"); do
		# shellcheck disable=SC2086  # several folders
		may "$(dirname "$inc")" $list || {
			echo "$f includes $inc: $dir may include $list"
			bad=1
		}
	done
	grep -qF "\`${f%.*}\`" HACKING.md || { echo "$f is not on the map of HACKING.md"; bad=1; }
done
find "$@" tests bench -type f ! -path 'tests/fuzz/corpus/*' -exec wc -l {} + |
	awk '$1 > 500 && $2 != "total" { print $2 " has " $1 " lines: at most 500"; bad = 1 } END { exit bad }' || bad=1
exit $bad
