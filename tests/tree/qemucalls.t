#!/bin/sh
# What a program in QEMU's place can't call: tests/qemucalls.c, bound over QEMU in a mount namespace of this
# test's own, tries from inside.
if [ "$(id -u)" -eq 0 ] && [ -z "${WARREN_MOUNTS-}" ]; then
	exec env WARREN_MOUNTS=1 unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
QEMU=/usr/bin/qemu-system-x86_64
[ "$(uname -m)" = x86_64 ] || skip_all 'the program is of x86-64'
[ -e $QEMU ] || skip_all 'no QEMU here'
! grep -q __asan_init "$WARREN_BUILD/warren-monitor" || skip_all 'builds with sanitizers are not confined'
[ "$(id -u)" -ne 0 ] || mount --bind "$WARREN_BUILD/tests/qemucalls" $QEMU || skip_all 'it can not be put in the place of QEMU'
setup
V=$VMS/v
mkdir "$V"
put "$V/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello" >/dev/null
is "$(put "$V/ctl" boot)" EIO 'it tries, and ends'
like "$(cat "$V/log")" 'qemu: 1[0-9][0-9] calls, made: none' 'each was unknown to it'
finish
