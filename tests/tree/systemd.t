#!/bin/sh
# A zone's own part of control groups v2, and a Debian system with its systemd as process 1 there: it runs
# its units in groups of its own, within the zone's limits. That is in the guest of tests/v2; where v2 is
# not alone, systemd is refused.
. "$(dirname "$0")/lib.sh"
run() { # ZONE COMMANDS: in the zone; prints what they say and how they end
	mkdir "$1/exec/j"
	printf %s "$2" >"$1/exec/j/cmd"
	timeout 60 cat "$1/exec/j/stdout" "$1/exec/j/wait"
	rmdir "$1/exec/j"
}
imported() { # NAME SOURCE
	mkdir "$MNT/images/$1"
	is "$(put "$MNT/images/$1/ctl" "import $2")" ok "$2 is imported" || diag "$(cat "$MNT/images/$1/error")"
}
setup
Z=$ZONES/s
mkdir "$Z"

if ! grep -q '^cgroup2 /sys/fs/cgroup ' /proc/mounts; then
	mkdir -p "$TMP/root/lib/systemd" "$TMP/root/sbin"
	printf '#!/bin/sh\n' >"$TMP/root/lib/systemd/systemd"
	chmod 755 "$TMP/root/lib/systemd/systemd"
	ln -s ../lib/systemd/systemd "$TMP/root/sbin/init"
	init_libraries "$TMP/root"
	imported own "$TMP/root"
	put "$Z/image" own >/dev/null
	for init in /sbin/init 'init --system'; do
		put "$Z/init" "$init" >/dev/null
		is "$(put "$Z/ctl" boot)" EOPNOTSUPP "$init is systemd, and refused without v2"
		like "$(cat "$Z/error")" 'is systemd, which needs a host with control groups v2 alone: give another init' 'with the reason'
	done
	rm -rf "$TMP/root"
	skip 'this host has not control groups v2 alone' 'the rest'
	finish
fi

# --- an ordinary zone, hostile ---
put "$Z/memory.max" 256M >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a zone boots'
GROUP=/sys/fs/cgroup/$CG/$(key "$Z/status" id)
is "$(cat "$GROUP/cgroup.procs")" '' 'its own group holds no process'
is "$(run "$Z" 'cd /sys/fs/cgroup; cat /proc/1/cgroup; mkdir a; echo 1 >a/cgroup.procs; cat /proc/1/cgroup; echo "+memory +pids" >cgroup.subtree_control; cat cgroup.subtree_control; echo 1000000 >a/memory.max; cat a/memory.max')" \
	'0::/
0::/a
memory pids
999424
exited 0' 'its root makes groups and hands on controllers'
is "$(run "$Z" 'cd /sys/fs/cgroup; for f in memory.max pids.max cpu.max cgroup.max.descendants cgroup.freeze cgroup.type; do (echo 1 >$f) 2>/dev/null && echo $f; done; rmdir ../cgroup 2>/dev/null; true')" \
	'exited 0' 'and sets no limit of the zone'"'"'s'
is "$(run "$Z" 'cd /sys/fs/cgroup; cat /proc/$$/cgroup; echo $$ >a/cgroup.procs; cat /proc/$$/cgroup')" '0::/warren.jobs
0::/a
exited 0' 'what comes in from outside has a group there, from where it can be moved'
is "$(run "$Z" 'cd /sys/fs/cgroup; echo $$ >a/cgroup.procs; mkdir warren.jobs/x; echo +memory >warren.jobs/cgroup.subtree_control')$(run "$Z" 'cat /proc/$$/cgroup; cd /sys/fs/cgroup; (echo $$ >a/cgroup.procs) 2>/dev/null; cat /proc/$$/cgroup; rmdir warren.jobs/x warren.jobs')" 'exited 00::/../jobs
0::/../jobs
exited 0' 'where the zone makes it one that takes none, a command is beside and stays there'
is "$(run "$Z" 'cat /proc/$$/cgroup; ls -d /sys/fs/cgroup/warren.jobs 2>/dev/null')" '0::/../jobs
exited 2' 'and where it removes it'
is "$(run "$Z" 'cd /sys/fs/cgroup; mkdir t t/u; echo threaded >t/u/cgroup.type && echo 1 >t/u/cgroup.procs && cat /proc/1/cgroup')" '0::/t/u
exited 0' 'it makes a threaded group'
is "$(grep -c '^[0-9]* 1 ' "$Z/procs")" 1 'procs lists what is in there, once'
is "$(run "$Z" 'cd /sys/fs/cgroup; chmod 0 a t cgroup.procs')" 'exited 0' 'it hides its groups'
is "$(grep -c '^[0-9]* 1 ' "$Z/procs")" 1 'procs lists all the same'
is "$(put "$Z/ctl" "kill CONT $(sed -n 's/ 1 .*//p' "$Z/procs")")" ok 'and kill finds it'
is "$(run "$Z" 'cd /sys/fs/cgroup; mkdir -- "a b" -rf "*" ".. " "\$(reboot)"; p=.; for i in $(seq 40); do p=$p/d; mkdir $p 2>/dev/null || break; done; echo $i; mkdir $(seq -f x%g 1100) 2>/dev/null; find . -mindepth 1 -type d | wc -l')" '33
1024
exited 0' 'how many and how deep is bounded'
cat "$Z/procs" >"$TMP/procs"
is "$(put "$Z/ctl" pause)$(put "$Z/ctl" resume)" okok 'it is paused and resumed'
is "$(put "$Z/ctl" halt)$(find "$GROUP" 2>/dev/null)" ok 'halting it leaves none of them'

# --- Debian ---
TAR=$WARREN_BUILD/systemd.tar
if [ ! -s "$TAR" ]; then
	skip 'no Debian root came to the disk of the guest' 'systemd as process 1'
	finish
fi
imported deb "$TAR"
is "$(put "$Z/config" 'image=deb
init=/sbin/init
pids.max=200')" ok 'a zone on it with its init'
is "$(put "$Z/ctl" boot)" ok 'it boots' || diag "$(cat "$Z/error")"
READY='until [ -S /run/systemd/private ]; do sleep 0.2; done; systemctl is-system-running --wait'
is "$(run "$Z" "$READY; systemctl --failed --quiet")" 'running
exited 0' 'systemd runs, and no unit of its has failed' || diag "$(cat "$Z/log")"
like "$(cat "$Z/procs")" '^[0-9]+ 1 systemd$' 'it is process 1'

is "$(run "$Z" 'systemd-run -q --unit=hog -p MemoryMax=20M sleep 1000 && cat /proc/$(systemctl show -P MainPID hog)/cgroup')" \
	'0::/system.slice/hog.service
exited 0' 'a unit runs in its own group'
HOG=$GROUP/zone/system.slice/hog.service
is "$(cat "$HOG/memory.max")" 20971520 'with its own limit'
like "$(cat "$Z/procs")" "^$(cat "$HOG/cgroup.procs") [0-9]+ sleep\$" 'procs lists what it runs'
is "$(run "$Z" 'systemd-run -q -p Type=oneshot --unit=hungry tail /dev/zero; systemctl show -P Result hungry; systemctl reset-failed; systemctl is-system-running')" 'oom-kill
running
exited 0' 'memory.max holds: a unit without a limit is killed, and systemd goes on'
among 1 "$(key "$Z/memory.events" oom_kill)" 9 'and that is counted'
is "$(run "$Z" 'systemd-run -q -p Type=oneshot -p TasksMax=infinity --unit=many sh -c "i=0; while [ \$i -lt 300 ]; do sleep 1000 & i=\$((i+1)); done"; systemctl show -P Result many; systemctl reset-failed')" 'exit-code
exited 0' 'pids.max holds'
is "$(put "$Z/cpu.cap" 20)$(run "$Z" 'systemd-run -q --unit=burn sh -c "while :; do :; done"')" 'okexited 0' 'a unit that computes for ever'
is "$(run "$Z" 'perl -e "1 while times < 0.2"')" 'exited 0' 'and a command that has computed beside it'
among 1 "$(key "$Z/cpu.stat" nr_throttled)" 1000000 'is throttled by cpu.cap'
is "$(put "$Z/cpu.cap" none)$(run "$Z" 'systemctl stop burn')" 'okexited 0' 'and ended by systemctl'

is "$(put "$Z/ctl" pause)$(key "$HOG/cgroup.events" frozen)" ok1 'a pause stops the units'
is "$(put "$Z/ctl" resume)$(key "$HOG/cgroup.events" frozen)" ok0 'they go on'
is "$(run "$Z" 'systemctl stop hog; systemctl is-active hog; cat /proc/self/cgroup' | tr '\n' ' ')" 'inactive 0::/warren.jobs exited 0 ' 'a command from outside is in a group of its own'
is "$(run "$Z" 'useradd -m carl; su - carl -c "cat /proc/self/cgroup; loginctl --no-legend list-sessions"' | sed 's/session-.*scope/session/; s/ *$//')" '0::/user.slice/user-1000.slice/session
c1 1000 carl
exited 0' 'a login from there is a session of logind'"'"'s, at once'

is "$(put "$Z/ctl" 'shutdown 60')$(ended "$Z")" 'okexited 0' 'shutdown ends it as it should'
is "$(find "$GROUP" 2>/dev/null)" '' 'none of its control groups is left'

is "$(put "$Z/privileges" +sys_admin)$(put "$Z/ctl" boot)" okok 'it boots again, with sys_admin'
is "$(run "$Z" "$READY; systemctl --failed --quiet; systemd-run -q -p Type=oneshot -p PrivateTmp=yes sh -c 'grep -c systemd-private /proc/self/mountinfo >/run/mine'; cat /run/mine")" 'running
2
exited 0' 'and runs, with what sandboxes units'
before=$(pid_of "$Z")
run "$Z" 'systemctl reboot' >/dev/null
is "$(timeout 120 cat "$Z/wait")" 'exited 0' 'systemctl reboot ends it'
ok 'and it boots again' until_state "$Z" running
is "$(pid_of "$Z" | grep -cxF "$before")" 0 'with another process 1'
is "$(put "$Z/ctl" halt)$(put "$Z/privileges" +userns)$(put "$Z/ctl" boot)" okokok 'and with userns'
is "$(run "$Z" "$READY"'; systemctl start redis-server; systemctl is-active redis-server; awk "{ print \$1 == \$2, \$3 }" /proc/$(systemctl show -P MainPID redis-server)/uid_map')" 'running
active
1 1
1 1
exited 0' 'redis-server runs, whose unit has PrivateUsers=yes'
is "$(run "$Z" 'systemd-run -q --wait -p DynamicUser=yes -p PrivateUsers=yes -p ProtectProc=invisible -p PrivateDevices=yes -p PrivateNetwork=yes -p SyslogIdentifier=seen sh -c "wc -c </proc/interrupts"; echo $?; journalctl -q -t seen -o cat')" '0
0
exited 0' 'and one with DynamicUser=yes, in a sandbox, sees no more of /proc'
_pids=$(cut -d ' ' -f 1 "$Z/procs")
is "$(put "$Z/ctl" halt)$(find "$GROUP" 2>/dev/null)" ok 'halting it leaves no group'
# shellcheck disable=SC2086  # several pids
ok 'and no process' gone $_pids
finish
