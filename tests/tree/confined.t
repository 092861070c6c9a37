#!/bin/sh
# What parses what strangers write sees nothing of the host, and can do little: looked at from outside.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$WARREN_BUILD/warren-monitor" || skip_all 'builds with sanitizers are not confined'
setup
Z=$ZONES/a
status() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; } # PID KEY
soft() { sed -n "s/^$2  *\([^ ]*\) .*/\1/p" "/proc/$1/limits"; } # PID NAME: the soft limit
in_host() { [ "/proc/$1/ns/$2" -ef "/proc/self/ns/$2" ]; } # PID NAMESPACE
interfaces() { tail -n +3 "/proc/$1/net/dev" | sed 's/:.*//' | tr -d ' \n'; } # PID
seen() { find "/proc/$1/root/" -mindepth 1 -maxdepth 1 -printf '%f '; } # PID: in its root
# Descriptors of directories would lead out of any root
dirs() { for _fd in "/proc/$1"/fd/*; do [ ! -d "$_fd/." ] || readlink "$_fd"; done; } # PID

# --- the monitor --------------------------------------------------------------------------------

mkdir "$Z" "$ZONES/b"
put "$Z/ctl" boot >/dev/null
booted() { mkdir "$1/exec/first" && put "$1/exec/first/cmd" : && ended "$1/exec/first" && rmdir "$1/exec/first"; } >/dev/null
booted "$Z" # the zone runs, and its monitor is so far, too
init=$(pid_of "$Z")
monitor=$(status "$init" PPid)
is "$(status "$monitor" Name) $(status "$monitor" CapPrm) $(status "$monitor" NoNewPrivs) $(status "$monitor" Seccomp)" \
	'warren-monitor 0000000000000000 1 2' 'a monitor has no capability, gets none, and is under a filter'
for n in mnt net; do
	ok "its $n namespace is not the host's" sh -c "! [ /proc/$monitor/ns/$n -ef /proc/self/ns/$n ]"
	ok "... nor the zone's" sh -c "! [ /proc/$monitor/ns/$n -ef /proc/$init/ns/$n ]"
done
is "$(wc -l <"/proc/$monitor/mountinfo") $(seen "$monitor")" '1 ' 'its root is empty'
like "$(cat "/proc/$monitor/mountinfo")" ' / / ro,nosuid,nodev,noexec' '... and read-only'
is "$(interfaces "$monitor")" lo 'its network has the loopback alone'
is "$(nsenter -t "$monitor" -n ip -br link show dev lo | awk '{ print $2 }')" DOWN '... which is down'
is "$(dirs "$monitor")" / 'it holds one directory'
at=$(for _fd in "/proc/$monitor"/fd/*; do [ ! -d "$_fd/." ] || echo "$_fd"; done)
is "$(ls -A "$at/") $(stat -f -c %T "$at/")" 'socket tmpfs' '... that of its zone'"'"'s metadata'
ok '... from which no way leads up' [ "$at/.." -ef "$at/." ]
is "$(readlink "/proc/$monitor"/fd/* | grep -c /sys/fs/cgroup)" 0 'nor a way into a control group'
is "$(stat -c %u "/proc/$monitor/fd")" 0 'it is not dumpable'
among 1 "$(soft "$monitor" 'Max file size')" $((65 << 20)) 'its files are bounded'
among 1 "$(soft "$monitor" 'Max open files')" 16384 '... its descriptors'
among 1 "$(soft "$monitor" 'Max address space')" $((256 << 20)) '... and its memory'

# --- its spawner --------------------------------------------------------------------------------

spawner=$(children "$monitor" warren-spawner)
is "$(status "$spawner" CapPrm) $(wc -l <"/proc/$spawner/mountinfo") $(dirs "$spawner")" '0000000000000000 1 ' 'its spawner has an empty root as well'
is "$(readlink "/proc/$spawner"/fd/* | grep -cE "ptmx|$TMP")" 0 'and neither the console nor the log'
mkdir "$Z/exec/j"
put "$Z/exec/j/cmd" 'grep -E "^(Max file size|Max address space)" /proc/self/limits | grep -c unlimited; cat /proc/self/oom_score_adj' >/dev/null
ended "$Z/exec/j" >/dev/null
is "$(tr '\n' ' ' <"$Z/exec/j/stdout")" '2 0 ' 'a job has none of the limits of its monitor'
rmdir "$Z/exec/j"
mkdir "$Z/exec/j"
kill -9 "$spawner" && gone "$spawner"
is "$(put "$Z/exec/j/cmd" 'echo here') $(cat "$Z/state")" 'EIO running' 'where it is killed no job starts, and the zone runs on'
like "$(cat "$Z/exec/j/error")" 'has died: reboot the zone$' '... and what to do is said'
is "$(put "$Z/ctl" reboot) $(put "$Z/exec/j/cmd" 'echo here') $(ended "$Z/exec/j") $(cat "$Z/exec/j/stdout")" 'ok ok exited 0 here' 'which helps'
put "$Z/ctl" halt >/dev/null
put "$ZONES/b/ctl" boot >/dev/null
booted "$ZONES/b"
monitor=$(status "$(pid_of "$ZONES/b")" PPid)
spawner=$(children "$monitor" warren-spawner)
kill -9 "$monitor"
ok 'it ends with its monitor' gone "$spawner"

# --- the daemon ---------------------------------------------------------------------------------

daemon=$(daemon_pid)
sees() { # PATH...: those of them that it sees
	for _p; do [ ! -e "/proc/$daemon/root$_p" ] || printf '%s ' "$_p"; done
}
looked_at() {
	is "$(status "$daemon" CapPrm) $(status "$daemon" NoNewPrivs) $(status "$daemon" Seccomp)" '0000000000000000 1 2' "$1 has no capability, gets none, and is under a filter"
	for n in mnt net; do
		ok "its $n namespace is not the host's" sh -c "! [ /proc/$daemon/ns/$n -ef /proc/self/ns/$n ]"
	done
	is "$(interfaces "$daemon")" lo 'its network has the loopback alone'
	is "$(sees /etc/passwd /etc/shadow /home /root /tmp /var /boot /usr/bin /usr/sbin /bin /sbin /opt /srv /mnt /media "$TMP" "$MNT")" '' 'it sees no file, program or home of the host'
	is "$(grep -cF " $MNT " "/proc/$daemon/mountinfo")" 0 'nor our mount'
	like "$(awk '$5 == "/" { print $6 }' "/proc/$daemon/mountinfo")" '^ro,nosuid,nodev,noexec' 'its root is read-only'
	is "$(awk '$5 != "/" && ($6 !~ /nosuid/ || $6 !~ /nodev/ || ($6 !~ /noexec/ && $6 !~ /^ro/)) { print $5 }' "/proc/$daemon/mountinfo")" '' 'no device, set-uid or program that it could write counts'
	is "$(dirs "$daemon" | grep -vE '^/warren/(state|run)(/|$)')" '' 'its directories are those of its own root'
	is "$(stat -c %u "/proc/$daemon/fd")" 0 'it is not dumpable'
}
looked_at 'the daemon'
kill -9 "$daemon" && gone "$daemon" && cat "$MNT/version" >/dev/null
daemon=$(daemon_pid)
looked_at 'the next one'
is "$(children "$daemon" warren-writer | wc -l)" 1 'its writer is there'
writer=$(children "$daemon" warren-writer)
is "$(status "$writer" Seccomp)" 2 'under the filter as well'
ok '... and where it is' test "/proc/$writer/ns/mnt" -ef "/proc/$daemon/ns/mnt"
like "$(cat "$MNT/host")" '^lxcfs ' 'it tells of the host what it told'
finish
