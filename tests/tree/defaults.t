#!/bin/sh
# What bounds zones that nobody has set a limit for: their processes all together, and the memory that lies in their tmpfs.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"

# --- processes ---
parent() { # FILE: of the parent group
	for _d in /sys/fs/cgroup/pids /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ -e "$_d/$CG/$1" ] && echo "$_d/$CG/$1" && return
	done
}
pids=$(parent pids.max)
if [ -n "$pids" ]; then
	least=$(cat /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max | sort -n | head -n 1)
	is "$(cat "$pids")" $((least / 4 * 3)) 'all zones together have three quarters of the processes there may be'
	is "$(cat "$Z/pids.max")" none 'each has what it can get of them'
	echo 20 >"$pids"
	said=$(inside "$Z" 'for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do sleep 60 & done; echo all of them' 2>&1)
	unlike "$said" 'all of them' 'a zone gets no more'
	like "$said" 'fork' 'and is told'
	mkdir "$ZONES/b" # it keeps the group
	put "$ZONES/b/init" 'sleep 10000' >/dev/null
	put "$ZONES/b/ctl" boot >/dev/null
	remount
	is "$(cat "$pids")" 20 'a limit of the administrator'\''s stays'
	echo max >"$pids"
	remount
	is "$(cat "$pids")" $((least / 4 * 3)) 'none does not'
else
	skip 'this host has no control groups for pids' 'all zones together are bounded'
fi

# --- tmpfs ---
sizes() { inside "$Z" 'for d in / /tmp /run /dev/shm; do stat -f -c %b:%S:%c $d; done' | awk -F: '{ printf "%.0f %s\n", $1 * $2, $3 }' | uniq; }
ram=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024))
pages() { echo $((($1 + 4095) / 4096 * 4096)); }
is "$(sizes)" "$(pages $((ram / 8))) $((ram / 8 / 4096))" 'a zone has an eighth of the memory for /, /tmp, /run and /dev/shm together, and a file for each page'
put "$Z/memory.max" 64M >/dev/null
is "$(sizes)" "$((32 << 20)) $((32 << 8))" 'and half of its memory.max where it has one'
said=$(inside "$Z" 'head -c 40000000 /dev/zero >/tmp/full; stat -c %s /tmp/full; rm /tmp/full; echo small >/run/file && cat /run/file')
like "$said" "^$((32 << 20 >> 20))|No space left" 'what is full says so'
like "$said" '^small$' 'and nobody is killed for it'
is "$(key "$Z/memory.events" oom_kill)" 0 'nor was it out of memory'
said=$(inside "$Z" 'cd /tmp; seq 1 9000 | xargs touch 2>/dev/null; ls | wc -l')
among 7000 "$said" 8192 'so are the files without a byte'
if [ -n "$(unshare -Uri sh -c 'echo 1000 >/proc/sys/kernel/shmall && cat /proc/sys/kernel/shmall' 2>/dev/null)" ]; then
	is "$(inside "$Z" 'cat /proc/sys/kernel/shmall')" $((32 << 20 >> 12)) 'segments of shared memory have as much'
else
	skip 'a zone can not set it on this kernel (before 5.19)' 'segments of shared memory'
fi
put "$Z/memory.max" 1024T >/dev/null
is "$(sizes)" "$(pages $((ram / 2))) $((ram / 2 / 4096))" 'a limit above what the host has means half of that'
put "$Z/memory.max" 8M >/dev/null
like "$(sizes)" "^$((4 << 20)) 1024\$" 'a small one has 1024 files'
finish
