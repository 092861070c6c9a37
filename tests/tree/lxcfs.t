#!/bin/sh
# lxcfs: what a zone's /proc tells of memory, processors and time. Its own lxcfs, in mounts of its own.
[ -n "${LXCFS_ALONE-}" ] || exec env LXCFS_ALONE=1 unshare -m --propagation private sh "$0"
. "$(dirname "$0")/lib.sh"
command -v lxcfs >/dev/null || skip_all 'lxcfs is not installed'
# the host's, and trees of others, which would not end with their own umount
umount -l $(awk '/ - fuse\.(lxcfs|warren) / { print $5 }' /proc/self/mountinfo) 2>/dev/null
mount -t tmpfs none /run || skip_all 'no tmpfs can be mounted' # lxcfs keeps directories there
setup
Z=$ZONES/a L=$TMP/lxcfs server=
trap '[ -z "$server" ] || kill -9 "$server"; cleanup' EXIT
mkdir "$Z" "$L"
said() { mkdir "$Z/exec/t" && put "$Z/exec/t/cmd" "exec 2>&1; $1" >"$TMP/put" && cat "$Z/exec/t/stdout"; rmdir "$Z/exec/t"; }
host_lxcfs() { chmod 440 "$MNT/host" && chmod 444 "$MNT/host" && key "$MNT/host" lxcfs; } # made anew
begin() { # starts lxcfs and waits until it is mounted
	perl -e '
		open my $m, "<", "/proc/self/mounts" or die;
		local $/;
		my $before = <$m>;
		defined(my $pid = fork) or die;
		if (!$pid) { open STDIN, "<", "/dev/null"; open STDOUT, ">", "$ARGV[1]"; open STDERR, ">&STDOUT"; exec "lxcfs", "-f", "-p", "$ARGV[0].pid", $ARGV[0]; exit 127 }
		for (1 .. 20) {
			seek $m, 0, 0;
			if (<$m> =~ / \Q$ARGV[0]\E fuse.lxcfs /) { print $pid; exit 0 }
			my $set = ""; vec($set, fileno $m, 1) = 1;
			select undef, undef, $set, 1;
		}
		kill 9, $pid; exit 1' "$L" "$TMP/lxcfs.log"
}

is "$(host_lxcfs)" no 'host: it is not there'
is "$(put "$Z/memory.max" 256M) $(put "$Z/ctl" boot) $(said 'grep -c lxcfs /proc/mounts')" 'ok ok 0' 'a zone boots without'
put "$Z/ctl" halt >"$TMP/put"
server=$(begin) || { skip 'lxcfs does not start here' 'all else'; diag "$(cat "$TMP/lxcfs.log")"; server=''; finish; }
is "$(host_lxcfs)" "$L" 'host: it is'
is "$(put "$Z/ctl" boot) $(said 'grep -c lxcfs /proc/mounts')" 'ok 7' 'seven files are its own' || diag "$(cat "$Z/error")"
is "$(said 'sed -n "s/^MemTotal: *//p" /proc/meminfo; free -m | sed -n "s/^Mem: *\([0-9]*\) .*/\1/p"')" '262144 kB
256' 'free tells of memory.max'
put "$Z/memory.max" 128M >"$TMP/put"
is "$(said 'sed -n "s/^MemTotal: *//p" /proc/meminfo')" '131072 kB' 'also of a new one'
among 0 "$(said 'cut -d. -f1 /proc/uptime')" 60 "uptime is the zone's"
if [ "$(put "$Z/cpu.set" 0)" = ok ] && [ "$(key "$MNT/host" cpus)" -gt 1 ]; then
	is "$(said 'grep -c ^processor /proc/cpuinfo; nproc; grep -c "^cpu[0-9]" /proc/stat')" '1
1
1' 'cpuinfo, nproc and stat tell of cpu.set'
else
	skip 'no cpuset, or one CPU' 'processors'
fi
like "$(said 'cat /proc/loadavg')" '^[0-9.]+ ' 'loadavg can be read'
is "$(said 'cat /proc/swaps /proc/diskstats >/tmp/x && echo read')" read 'swaps and diskstats, too'
is "$(said 'echo x >/proc/meminfo; umount /proc/meminfo' | grep -cE 'denied|Read-only|permitted|superuser')" 2 'the zone neither writes nor removes them'
daemon=$(daemon_pid)
kill -9 "$daemon" && gone "$daemon"
is "$(said 'sed -n "s/^MemTotal: *//p" /proc/meminfo')" '131072 kB' 'over a killed daemon'

# It hangs
kill -STOP "$server"
is "$(put "$Z/ctl" 'reboot 0') $(said 'grep -c MemTotal /proc/meminfo; grep -c lxcfs /proc/mounts')" 'ok 1
0' 'a boot does without one that hangs'
kill -CONT "$server"
is "$(put "$Z/ctl" 'reboot 0') $(said 'sed -n "s/^MemTotal: *//p" /proc/meminfo')" 'ok 131072 kB' 'and has it again when it goes on'

# It dies
kill -9 "$server" && gone "$server"
like "$(said 'cat /proc/meminfo')" 'not connected' 'once it has died they are dead'
is "$(put "$Z/ctl" 'reboot 0') $(said 'grep -c MemTotal /proc/meminfo; grep -c lxcfs /proc/mounts')" 'ok 1
0' "and the next boot does without"
umount -l "$L"
is "$(host_lxcfs)" no 'host: it is gone'
server=$(begin)
is "$(host_lxcfs) $(put "$Z/ctl" 'reboot 0') $(said 'sed -n "s/^MemTotal: *//p" /proc/meminfo')" "$L ok 131072 kB" 'and there again'
put "$Z/ctl" halt >"$TMP/put"
umount "$L"
gone "$server"
server=''
finish
