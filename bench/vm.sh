#!/bin/sh
# A VM to its first byte on the serial console, under TCG.
. "${0%/*}/lib.sh"
bench_begin
heading 'A VM: from the write of boot to the first byte on its console, under TCG'
have "qemu-system-$(uname -m)" || exit 0
V=$VMS/v
mkdir "$V"

bench_vm() { # WHAT ROUNDS KERNEL APPEND
	_r=$(put "$V/config" "accel=tcg
kernel=$3
append=$4")$(put "$V/ctl" boot)
	[ "$_r" = okok ] || { echo "$1: no boot: $_r: $(cat "$V/error")" && return; }
	cat "/proc/$(pid_of "$V")/cmdline" >"$TMP/qemu.args"
	put "$V/ctl" halt >/dev/null
	for _ in $(seq "$2"); do
		timeout 60 "$BENCH/vm_boot" "$V" >>"$(data "$1")"
		put "$V/ctl" halt >/dev/null
		timeout 60 "$BENCH/vm_floor" "$TMP/qemu.args" "$3" none >>"$(data "$1.floor")"
	done
	figure "boot a VM ($1) to its first byte" "$1" ms 1000 'the same QEMU by hand' "$1.floor" 1.03
}

bench_vm hello "${ROUNDS:-40}" "$WARREN_BUILD/guests/hello" echo
linux=$(find /boot -name 'vmlinuz-*cloud*' | sort | tail -n 1)
if [ -n "$linux" ]; then
	bench_vm linux "${ROUNDS:-25}" "$linux" 'console=ttyS0 tsc_early_khz=2600000'
else
	echo 'no cloud kernel in /boot: no figure for Linux'
fi
