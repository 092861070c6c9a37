#!/bin/sh
# What the mounting shell has comes to no zone, VM or job: they are as on a freshly booted system. And rlimits, by
# which a zone's processes have other limits.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z"

# All that a process hands on, as it is in /proc or told by a program
cat >"$TMP/look" <<'EOF'
grep -hE "^(Umask|SigBlk|SigIgn|Cpus_allowed_list|THP_enabled)" /proc/self/status
awk "{ print \"priority\", \$18, \"nice\", \$19, \"realtime\", \$40, \"policy\", \$41 }" /proc/self/stat
for f in oom_score_adj coredump_filter timerslack_ns personality; do echo "$f $(cat /proc/self/$f 2>/dev/null)"; done
echo "memory $(grep -m 1 stack /proc/self/numa_maps 2>/dev/null | cut -d" " -f2)"
echo "io $(ionice)"
EOF
look() { sh "$TMP/look"; }
job() { mkdir "$Z/exec/j" && put "$Z/exec/j/cmd" "$1" >"$TMP/put" && cat "$Z/exec/j/stdout"; rmdir "$Z/exec/j"; }
cpus=$(cpus_allowed)
fresh="Umask:	0022
$(grep THP_enabled /proc/self/status | sed 's/.$/1/')
SigBlk:	0000000000000000
SigIgn:	0000000000000000
Cpus_allowed_list:	$cpus
priority 20 nice 0 realtime 0 policy 0
oom_score_adj 0
coredump_filter 00000033
timerslack_ns 50000
personality 00000000
memory default
io none: prio 0"

# Who may raise hard limits again lowers those, too
soft=-S
(ulimit -n 600 && ulimit -n 700) 2>/dev/null && soft=
# In its own process, as of some of these there is no way back
odd() { # COMMAND...
	(
		ulimit $soft -c 1234
		ulimit $soft -s 4096
		ulimit $soft -n 700
		umask 077
		echo 300 >/proc/self/oom_score_adj
		echo 0x7f >/proc/self/coredump_filter
		trap '' HUP USR1 TERM
		exec nice -n 7 ionice -c 3 taskset -c "${cpus%%[-,]*}" chrt -b 0 setarch "$(uname -m)" -R perl -e '
			my ($prctl, $mempolicy) = `uname -m` =~ /x86_64/ ? (157, 238) : (167, 237);
			my $nodes = pack "Q", 1;
			syscall $prctl, 29, 1234567, 0, 0, 0; # PR_SET_TIMERSLACK
			syscall $prctl, 41, 1, 0, 0, 0; # PR_SET_THP_DISABLE
			syscall $mempolicy, 3, $nodes, 64; # interleaved
			exec @ARGV' -- "$@"
	)
}
# shellcheck disable=SC2016
odd sh "$TMP/look" >"$TMP/odd" 2>"$TMP/err" || skip_all "this host has not what takes it: $(head -n 1 "$TMP/err")"
is "$(echo "$fresh" | grep -v SigBlk | grep -cxFf "$TMP/odd")" "$([ "$cpus" = "${cpus%%[-,]*}" ] && echo 1 || echo 0)" 'a shell with habits of its own' || diag "$(cat "$TMP/odd")"
unmount && gone "$(helper_pid)"
odd "$WARREN_BUILD/mount.warren" warren "$MNT" -o "state=$TMP/state,run=$TMP/run,cgroup=$CG" >"$TMP/mount.out" 2>&1 </dev/null
is "$(put "$Z/ctl" boot)" ok 'mounts the tree, and a zone boots' || diag "$(cat "$TMP/mount.out" "$Z/error")"
is "$(job "$(cat "$TMP/look")")" "$fresh" 'a command in it has nothing of that'
put "$Z/init" "sh -c 'umask; exec sleep 1000'" >"$TMP/put"
put "$Z/ctl" 'reboot 0' >"$TMP/put"
# of process 1 others may not read all
ok 'its process 1 has said its umask' timeout 30 sh -c "until grep -q '^0' '$Z/log'; do sleep 0.1; done"
is "$(tr -d '\r' <"$Z/log" | tail -n 1)" 0022 'nor has process 1: the umask'
p=$(pid_of "$Z")
is "$(awk '{ print $18, $19, $40, $41 }' "/proc/$p/stat") $(cat "/proc/$p/oom_score_adj" "/proc/$p/coredump_filter") $(grep -hE '^Sig(Blk|Ign)' "/proc/$p/status" | tr -s '\n\t' ' ')" \
	'20 0 0 0 0
00000033 SigBlk: 0000000000000000 SigIgn: 0000000000000000 ' 'its priority, score and signals'
most=$(ulimit -H -n)
[ -n "$soft" ] && [ "$most" != unlimited ] && [ "$most" -lt 524288 ] || most=524288
limit() { awk -v n="$1" 'index($0, n) == 1 { n = split(n, w, " "); print $(n + 1), $(n + 2) }' "/proc/$2/limits"; }
is "$(for l in 'Max stack size' 'Max core file size' 'Max open files'; do limit "$l" "$p"; done)" "8388608 unlimited
0 unlimited
1024 $most" 'its limits'
for m in $(children "$(helper_pid)" warren) $(helper_pid); do
	is "$(awk '{ print $19, $41 }' "/proc/$m/stat") $(cat "/proc/$m/oom_score_adj")" '0 0 0' "and nothing has $(cat "/proc/$m/comm")"
done
if command -v "qemu-system-$(uname -m)" >/dev/null; then
	mkdir "$VMS/v"
	truncate -s 1M "$TMP/disk"
	echo tcg >"$VMS/v/accel"
	put "$VMS/v/disk0" "path=$TMP/disk" >"$TMP/put"
	is "$(put "$VMS/v/ctl" boot)" ok 'a VM boots' || diag "$(cat "$VMS/v/error")"
	p=$(pid_of "$VMS/v")
	is "$(awk '{ print $19, $41 }' "/proc/$p/stat") $(cat "/proc/$p/oom_score_adj") $(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$p/status")" "0 0 0 $cpus" 'its QEMU has nothing of it'
	put "$VMS/v/ctl" halt >"$TMP/put"
else
	skip 'no QEMU here' "a VM's QEMU"
fi

# --- rlimits ---
limits() { job "for l in $*; do ulimit -S -\$l; ulimit -H -\$l; done" | tr '\n' ' '; }
remount
is "$(limits n c)" "1024 $most 0 unlimited " 'without any: those of a freshly booted system'
accepted "$Z/rlimits" 'nofile=600:700
core=1M
stack=none'
is "$(limits n c s)" '600 700 2048 2048 unlimited unlimited ' 'a command has them at once'
lim() { limit 'Max open files' "$1"; limit 'Max core file size' "$1"; }
p=$(pid_of "$Z")
is "$(lim "$p") $(key "$Z/status" reboot_needed)" '600 700
1048576 1048576 ' 'so has process 1'
mkdir "$Z/exec/k"
put "$Z/exec/k/cmd" 'ulimit -S -n 333; sleep 1000 & sleep 1000 & read x; ulimit -n' >"$TMP/put"
ok 'processes of a command' timeout 30 sh -c "until [ \"\$(grep -c sleep '$Z/procs')\" -ge 3 ]; do :; done"
accepted "$Z/rlimits" 'nofile=600:700
core=512K
stack=none'
each() { awk '{ print $1 }' "$Z/procs" | while read -r q; do limit "$1" "$q"; done | sort | uniq -c | awk '{ print $2, $3, ($1 > 3 ? "all" : $1) }'; }
is "$(each 'Max core file size') $(each 'Max open files' | grep -c 333)" '524288 524288 all 1' 'all that runs gets what was changed, and keeps what was not'
accepted "$Z/rlimits" 'nofile=800:900'
is "$(limits n c)" '800 900 0 unlimited ' 'another list: more, and what it does not name as before'
is "$(lim "$p" | head -n 1) $(key "$Z/status" reboot_needed) $(cat "$Z/pending")" '700 700 rlimits rlimits' 'what runs can get no more than its hard limit, and waits'
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
is "$(key "$Z/status" reboot_needed) $(cat "$Z/pending")" 'rlimits rlimits' 'the daemon after a killed one knows that it does'
put "$Z/ctl" 'reboot 0' >"$TMP/put"
is "$(lim "$(pid_of "$Z")") $(key "$Z/status" reboot_needed)" "800 900
0 unlimited " 'for the next boot'
refused "$Z/config" 'rlimits=nofile=300
sysctls=net.ipv4.ip_forward=x' EINVAL 'net.ipv4.ip_forward does not take "x"'
is "$(lim "$(pid_of "$Z")") $(key "$Z/status" reboot_needed)" "800 900
0 unlimited " 'a refused change lowers none: it could not be raised again'
accepted "$Z/rlimits" 'nofile=4'
is "$(limits n)" '4 4 ' 'a command starts however few it may open'
refused "$Z/rlimits" 'nofile=5
core=x' EINVAL '"x" is not a number'
is "$(AS=12345 try write "$Z/rlimits" </dev/null)" EACCES "they are root's"
finish
