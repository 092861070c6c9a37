#!/bin/sh
# Small systems that others made, for guests, fetched once:
#   systems.sh DIR PACKAGE...    leaves what is in Debian's or Ubuntu's packages in DIR/PACKAGE
# They are unpacked, not installed.
set -eu
dir=$1
shift
for package; do
	[ ! -d "$dir/$package" ] || continue
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	fetch() { cd "$work" && apt-get download -q "$package" >/dev/null 2>&1; }
	(fetch) || { apt-get update -q >/dev/null 2>&1 && (fetch); } ||
		{ echo "systems.sh: apt gives no $package" >&2; exit 1; }
	mkdir -p "$dir"
	dpkg -x "$work"/*.deb "$work/root"
	mv "$work/root" "$dir/$package"
	rm -rf "$work"
done
