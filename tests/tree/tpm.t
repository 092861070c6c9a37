#!/bin/sh
# What happens to a VM whose swtpm is killed, or never says a word: that is tests/fakeqemu.c, bound over swtpm in
# a mount namespace of this test's own. A TPM that serves is looked at in firmware.t.
if [ "$(id -u)" -eq 0 ] && [ -z "${WARREN_MOUNTS-}" ]; then
	exec env WARREN_MOUNTS=1 unshare -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
SWTPM=/usr/bin/swtpm
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
[ -e $SWTPM ] || skip_all 'no swtpm here'
[ "$(id -u)" -ne 0 ] || mount --bind "$WARREN_BUILD/tests/fakeqemu" $SWTPM || skip_all 'another can not be put in the place of swtpm'
setup
make_vm() { # NAME
	mkdir "$VMS/$1"
	put "$VMS/$1/config" "accel=tcg
tpm=on
kernel=$WARREN_BUILD/guests/hello
append=echo" >/dev/null
}
swtpm_of() { # VM: it is in its groups
	for _p in $(cat /sys/fs/cgroup/*/"$CG/$(key "$1/status" id)"/cgroup.procs /sys/fs/cgroup/"$CG/$(key "$1/status" id)"/cgroup.procs 2>/dev/null | sort -u); do
		[ "$(cat "/proc/$_p/comm" 2>/dev/null)" = swtpm ] && echo "$_p"
	done
	return 0
}

# --- never a word: looked at again when its time is over ----------------------------------------

make_vm mute
timeout 300 sh -c "echo boot >'$VMS/mute/ctl'" 2>/dev/null &
mute=$!
make_vm stuck
timeout 300 sh -c "echo boot >'$VMS/stuck/ctl'" 2>/dev/null &
stuck=$!
until_state "$VMS/mute" booting && until_state "$VMS/stuck" booting
# both have QEMU and that swtpm by now
exec 8<"$VMS/stuck/event"
timeout 30 sh -c "until grep -q . '$VMS/stuck/procs' && grep -q . '$VMS/mute/procs'; do :; done"
is "$(put "$VMS/stuck/ctl" halt) $(cat "$VMS/stuck/state")" 'ok halted' 'a boot that waits for swtpm is halted'
wait "$stuck"
umount -l $SWTPM # that of mute runs on

# --- killed --------------------------------------------------------------------------------------

V=$VMS/v
make_vm v
is "$(put "$V/ctl" boot) $(key "$V/status" tpm_lost)" 'ok -' 'a VM with a TPM' || diag "$(cat "$V/error")"
p=$(swtpm_of "$V")
is "$(cat "/proc/$p/oom_score_adj")" 0 'its swtpm is not shielded from want of memory'
exec 8<"$V/event"
kill -9 "$p"
ok 'that is killed is an event' await 8 ' tpm_lost$'
is "$(key "$V/status" tpm_lost) $(cat "$V/state")" 'yes running' 'status tells it, and the guest runs on'
is "$(cat "$V/error")" 'tpm: its swtpm has ended: its guest has it again after a halt and boot' 'error says what helps'
is "$(grep -c 'tpm: its swtpm has ended' "$V/log")" 1 'log, too'
daemon=$(daemon_pid)
kill -9 "$daemon" && gone "$daemon"
is "$(key "$V/status" tpm_lost) $(grep -c ' tpm_lost' "$V/history")" 'yes 1' 'the next daemon knows, and tells it no second time'
is "$(cat "$VMS/mute/state")" booting 'and that mute is not up yet'
put "$V/ctl" halt >/dev/null
is "$(key "$V/status" tpm_lost) $(put "$V/ctl" boot) $(key "$V/status" tpm_lost)" '- ok -' 'it has one again after a boot'
p=$(swtpm_of "$V")
put "$V/ctl" halt >/dev/null
ok 'that ends with it' gone "$p"
is "$(grep -c ' tpm_lost' "$V/history")" 1 'and nothing was lost by that'

# --- its time is over ----------------------------------------------------------------------------

wait "$mute"
is "$(cat "$VMS/mute/state")" failed 'a swtpm without a word: failed when its time is over'
like "$(cat "$VMS/mute/error")" 'tpm: QEMU is not up after 120 s, and may wait for swtpm: .* or set it to off' 'and said why'
finish
