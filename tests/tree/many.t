#!/bin/sh
# Many configured zones: looking stays quick, and they go again.
. "$(dirname "$0")/lib.sh"
setup
N=300
! emulated || N=40
z() { printf "$ZONES/z%03d" "$1"; }
all() { seq -f "$ZONES/z%03g" $N; }

# shellcheck disable=SC2046  # many names
{
	ok "mkdir, $N times" timeout 60 mkdir $(all)
	is "$(timeout 5 find "$ZONES" -mindepth 1 -maxdepth 1 -name 'z*' | wc -l)" $N 'ls shows them'
	ok 'ls -l' timeout 5 ls -l "$ZONES"
	is "$(timeout 5 cat $(all | sed 's,$,/state,') | sort | uniq -c | tr -s ' ')" " $N configured" 'cat of every state'
	ok 'ls -lR of all files' timeout 20 ls -lR "$ZONES"
	is "$(timeout 5 cat "$MNT/list" | wc -l)" $((N + 1)) 'list has a line for each'
	is "$(key "$MNT/host" zones)" $N 'host counts them'
	is "$(stat -c %h "$ZONES")" $((N + 2)) 'so does the link count'
	is "$(find "$ZONES" -printf '%i\n' | sort | uniq -d)" '' 'every file has a number of its own'
	is "$(put "$(z $N)/cpu.cap" 30) $(cat "$(z $N)/cpu.cap") $(cat "$(z 9)/cpu.cap")" 'ok 30 none' 'each has its own settings'
	ok 'umount and mount' remount
	is "$(timeout 5 cat $(all | sed 's,$,/cpu.cap,') | sort |  uniq -c | awk '{ printf "%s %s, ", $1, $2 }')" \
		"1 30, $((N - 1)) none, " 'all are there again'
	is "$(put "$(z 15)/ctl" boot) $(put "$(z 15)/ctl" halt)" 'ok ok' 'one of them boots'
	ok "rmdir, $N times" timeout 60 rmdir $(all)
}
is "$(find "$ZONES" -mindepth 1 -maxdepth 1 -name 'z*')" '' 'none is left'
ok 'umount and mount' remount
is "$(find "$ZONES" -mindepth 1 -maxdepth 1 -name 'z*')" '' 'and none comes back'
finish
