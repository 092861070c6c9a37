#!/bin/sh
# Times of change: of what a file tells, and the same for the next daemon.
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/z
mkdir "$Z" "$ZONES/halted" "$VMS/v"
put "$Z/cpu.cap" 20 >/dev/null
put "$Z/ctl" boot >/dev/null
put "$ZONES/halted/ctl" 'boot
halt' >/dev/null
put "$VMS/v/vcpus" 2 >/dev/null

of() { stat -c %Y%y "$@"; }
changes() { # FILE COMMAND...: it is later behind the command
	_was=$(of "$1") _file=$1
	shift
	"$@" >/dev/null
	[ "$(of "$_file")" != "$_was" ]
	report $? "${_file##*/} changes"
}
stays() { # FILE COMMAND...
	_was=$(of "$1") _file=$1
	shift
	"$@" >/dev/null
	is "$(of "$_file")" "$_was" "${_file##*/} stays as it was"
}
changes "$Z/config" put "$Z/cpu.cap" 30
changes "$Z/history" put "$Z/cpu.cap" 31
changes "$Z/error" put "$Z/cpu.cap" x
stays "$Z/config" put "$Z/cpu.cap" y
stays "$Z/state" put "$Z/cpu.cap" 32
stays "$Z/config" put "$Z/ctl" pause
changes "$Z/state" put "$Z/ctl" resume
changes "$Z/wait" put "$Z/ctl" pause

all() {
	for _d in "$Z" "$ZONES/halted" "$VMS/v"; do
		stat -c '%n %y' "$_d" "$_d/state" "$_d/config" "$_d/wait" "$_d/ctl" "$_d/cpu.cap" "$_d/help" "$_d/history"
	done
	stat -c '%n %y' "$MNT/help" "$MNT/version" "$MNT/zones"
}
put "$Z/ctl" resume >/dev/null
before=$(all)
old=$(daemon_pid)
kill -9 "$old"
is "$(all)" "$before" 'all times are the same for the daemon after a killed one'
ok 'umount and mount' remount
until_state "$Z" running
is "$(all)" "$before" 'and after a umount'
finish
