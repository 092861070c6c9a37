#!/bin/sh
# The main job, shown: a zone and a Linux VM booted, capped and halted with mkdir, echo and cat, on a
# scratch tree that leaves nothing behind.
set -eu
build=${WARREN_BUILD:?directory of the programs}
here=$(dirname "$0")
scratch=$(mktemp -d /tmp/warren-demo.XXXXXX)
tree=$scratch/tree
mkdir "$tree"
chmod 755 "$scratch"

cleanup() {
	if [ -e "$tree/ctl" ]; then
		echo halt-all >"$tree/ctl" || :
		umount "$tree" || :
	fi
	[ ! -e "$scratch/run/lock" ] || flock "$scratch/run/lock" true # the helper has tidied up
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { # run a line as a user would type it
	printf '$ %s\n' "$1"
	(cd "$tree" && sh -c "$1") || { echo "failed: $(cat "$tree"/error "$tree"/*/*/error)"; exit 1; }
}
usage() { sed -n 's/^usage_usec //p' "$tree/$1/cpu.stat"; }
measure() { # percent of one CPU over two seconds
	a=$(usage "$1") t=$(date +%s%N)
	sleep 2
	b=$(usage "$1") u=$(date +%s%N)
	echo "$1 used $(((b - a) * 100000 / (u - t))) % of one CPU over two seconds"
}
await() { # a line on the console, at most a minute: each read blocks until there is more
	n=0
	until grep -q "$2" "$tree/$1/log"; do
		n=$((n + 1))
		[ $n -lt 600 ] || { echo "no \"$2\" on the console of $1"; exit 1; }
		timeout 1 head -c 1 "$tree/$1/console" >/dev/null || :
	done
}

say 'Mount a tree of its own'
sh "$here/kernel.sh" "$build/kernel"
"$build/mount.warren" warren "$tree" -o "state=$scratch/state,run=$scratch/run,cgroup=warren-demo.$$"
show 'cat version host'

say 'A zone: make it, boot it, look at it'
show 'mkdir zones/web'
show 'cat zones/web/ctl'
echo "sh -c 'echo zone: up as \$(id -u) on \$(hostname); while :; do :; done'" >"$tree/zones/web/init"
show 'cat zones/web/init'
show 'echo boot > zones/web/ctl'
show 'cat zones/web/status zones/web/procs zones/web/log'

say 'It runs a busy loop: half a CPU is enough for it'
measure zones/web
show 'echo 50 > zones/web/cpu.cap'
measure zones/web
show 'echo much > zones/web/cpu.cap || cat zones/web/error'

say 'A virtual machine: Debian'"'"'s own kernel and a busybox'
cp "$build/kernel/vmlinuz" "$build/kernel/initrd" "$scratch"
chmod 644 "$scratch/vmlinuz" "$scratch/initrd"
show 'mkdir vms/lin'
show "echo $scratch/vmlinuz > vms/lin/kernel"
show "echo $scratch/initrd > vms/lin/initrd"
show 'echo console=ttyS0 quiet > vms/lin/append'
show 'echo boot > vms/lin/ctl'
await vms/lin 'guest: Linux'
show 'cat vms/lin/status; grep guest: vms/lin/log'
say 'A busy loop in it, too'
show "echo 'while :; do :; done' > vms/lin/console"
measure vms/lin
show 'echo 30 > vms/lin/cpu.cap'
measure vms/lin
show 'cat list'

say 'Halt both, and nothing is left'
show 'echo halt > zones/web/ctl; echo halt > vms/lin/ctl'
show 'cat zones/web/state vms/lin/state; rmdir zones/web vms/lin'
umount "$tree"
flock "$scratch/run/lock" true
left=$(grep "$scratch" /proc/mounts || :; find /sys/fs/cgroup -name "warren-demo.$$" 2>/dev/null || :)
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo 'demo: done'
