#!/bin/sh
# Build the programs of an earlier version, for upgrade.t: sh tests/before.sh DIR leaves them in DIR/before.
# What its monitors said is what monitors of running guests may say for years.
set -e
COMMIT=8b9ea0b # the last before a monitor told why a guest stands still
dir=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
[ ! -e "$dir/before/mount.warren" ] || exit 0
mkdir -p "$dir/before.src"
git archive "$COMMIT" | tar -x -C "$dir/before.src"
make -C "$dir/before.src" "O=$dir/before" >"$dir/before.out" 2>&1 || {
	cat "$dir/before.out"
	exit 1
}
rm -rf "$dir/before.src"
