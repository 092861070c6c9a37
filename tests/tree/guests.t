#!/bin/sh
# Every way in which a guest ends, begins anew or stands still: state, reason, event and restart.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
HELLO=$WARREN_BUILD/guests/hello
command -v "qemu-system-$(uname -m)" >/dev/null || skip_all 'no QEMU here'
[ -e "$HELLO" ] || skip_all 'no guest of ours'
setup
V=$VMS/v
reason() { key "$V/status" reason; }
up() { # APPEND [LINE]: a new VM, with this line of config, is booted, and its kernel has spoken
	[ ! -e "$V" ] || { put "$V/ctl" halt && rmdir "$V"; } >/dev/null
	mkdir "$V"
	put "$V/config" "accel=tcg
kernel=$HELLO
append=$1
${2-}" >/dev/null
	exec 7<"$V/console" 8<"$V/event"
	put "$V/ctl" boot >/dev/null || diag "$(cat "$V/error")"
	await 7 'hello from' >/dev/null
}

# By itself
up poweroff
is "$(ended "$V") $(cat "$V/state")" 'exited 0 halted' 'powered off by itself: halted'
is "$(reason)" 'powered off from inside' 'and why'

# A reset. Its firmware resets the machine again at once; on a busy host that may count, too
up echo
await 7 ready >/dev/null
put "$V/console" 'reset
' >/dev/null
ok 'a reset is an event' await 8 ' reset resets=1'
ok 'the guest begins anew' await 7 'hello from' ready
resets=$(key "$V/status" resets)
is "$(cat "$V/state")" running 'running'
among 1 "$resets" 3 'and counted'
kill -9 "$(daemon_pid)"
is "$(cat "$V/state") $(key "$V/status" resets)" "running $resets" 'for the next daemon, too'
put "$V/console" 'reset
' >/dev/null
ok 'which tells of the next' await 8 " reset resets=$((resets + 1))"
await 7 ready >/dev/null

# A reset that takes the settings that waited
pid=$(pid_of "$V")
put "$V/ram" 300M >/dev/null
is "$(key "$V/status" reboot_needed)" ram 'a setting waits'
put "$V/console" 'reset
' >/dev/null
ok 'a reset then is a reboot' await 8 ' halting' ' halted exit=exited:0' ' booting' ' running'
is "$(cat "$V/state") $(key "$V/status" reboot_needed) $(key "$V/status" resets)" 'running  0' 'which takes it'
ok 'by another QEMU' [ "$(pid_of "$V")" != "$pid" ]
is "$(tr '\0' '\n' <"/proc/$(pid_of "$V")/cmdline" | grep -A1 '^-m$' | tail -n 1)" 307200k 'with the new size'
put "$V/ram" 310M >/dev/null
put "$V/ram" 256M >/dev/null

# The buttons of the machine
await 7 ready >/dev/null
pid=$(pid_of "$V")
is "$(put "$V/ctl" reset)" ok 'the reset button, while a setting waits'
ok 'takes it, too' await 8 ' halted exit=exited:0' ' running'
ok 'in another QEMU' [ "$(pid_of "$V")" != "$pid" ]
await 7 ready >/dev/null
is "$(put "$V/ctl" reset)" ok 'the reset button'
ok 'is an event' await 8 ' reset resets='
ok 'and begins the guest anew' await 7 'hello from' ready
is "$(put "$V/ctl" nmi) $(cat "$V/state")" 'ok running' 'an interrupt for the guest'
put "$V/ctl" halt >/dev/null
refused "$V/ctl" reset ESRCH
refused "$V/ctl" nmi ESRCH
is "$(reason)" halted 'halted by hand'

# A panic
up panic
ok 'a panic is an event, and a failure' await 8 ' panicked' ' halting' ' failed '
is "$(cat "$V/state") $(reason)" "failed the guest's kernel panicked" 'with the reason'
like "$(cat "$V/error")" "^failed: the guest's kernel panicked" 'in error, too'
up panic restart=on-failure
ok 'with restart=on-failure it comes up again' await 8 ' panicked' ' failed ' ' booting' ' running'

# A guest that hangs
up hang watchdog=reset
ok 'one that no longer feeds its watchdog: an event, and a reset' await 8 ' hung hangs=1' ' reset resets=1'
is "$(cat "$V/state")" running 'watchdog=reset: it runs on'
up hang watchdog=pause
ok 'an event, and a pause' await 8 ' hung hangs=1' ' paused'
is "$(cat "$V/state") $(reason)" 'paused watchdog: the guest no longer feeds it' 'watchdog=pause: with the reason'
kill -9 "$(daemon_pid)"
is "$(cat "$V/state")" paused 'for the next daemon, too'
is "$(put "$V/ctl" resume)" ok 'and goes on if told to'
up hang 'watchdog=halt
restart=on-failure'
ok 'an event, a failure, and it comes up again' await 8 ' hung hangs=1' ' failed ' ' booting' ' running'
up hang 'watchdog=halt
restart=no'
ok 'watchdog=halt: it stays so' until_state "$V" failed
is "$(reason)" 'the guest no longer fed its watchdog' 'with the reason'
up hang watchdog=none
await 7 'tick 3' >/dev/null
is "$(cat "$V/state")" running 'watchdog=none: nothing is there'
put "$V/ctl" halt >/dev/null
put "$V/machine" microvm >/dev/null
refused "$V/watchdog" reset EINVAL 'a microvm has no place for a watchdog: set watchdog to none, or another machine'
put "$V/machine" auto >/dev/null

# Killed
up echo
kill -9 "$(pid_of "$V")"
ok 'killed by who knows whom: failed' until_state "$V" failed
is "$(reason)" 'QEMU was killed by signal 9' 'with the reason'
up echo
put "$V/ctl" 'kill KILL' >/dev/null
ended "$V" >/dev/null
is "$(cat "$V/state") $(reason)" 'halted killed by signal 9, as ctl was told' 'killed by ctl: halted'
up echo
kill "$(pid_of "$V")"
ok 'a SIGTERM, at which QEMU exits in order: failed' until_state "$V" failed
is "$(reason)" 'QEMU was ended by a signal that nobody asked for' 'with the reason'
up echo
put "$V/ctl" 'kill TERM' >/dev/null
ended "$V" >/dev/null
is "$(cat "$V/state") $(reason)" 'halted killed by signal 15, as ctl was told' 'by ctl: halted'
put "$V/config" 'ram=16M
memory.max=16M' >/dev/null
put "$V/ctl" boot >/dev/null
ok 'for want of memory: failed' until_state "$V" failed
is "$(reason)" 'out of memory: memory.max is 16M' 'with the reason'
like "$(cat "$V/error")" 'out of memory: memory.max is 16M' 'in error, too'
put "$V/config" 'ram=256M
memory.max=none' >/dev/null

# One that does not heed the button
up spin
await 7 'tick 3' >/dev/null
put "$V/ctl" 'shutdown 1' >/dev/null
ok 'halted in the end: an event' await 8 ' halted exit=killed:9 forced=yes'
is "$(reason)" 'did not end within 1 s: halted' 'and why'

# A disk that can't be written
if why=$(linux_missing); then
	skip "$why" 'a guest whose disk is full'
	finish
fi
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk scsi_common scsi_mod libata ata_piix crc-t10dif t10-pi sd_mod
linux_initrd <<'INIT'
until [ -e /dev/vda ] || [ -e /dev/sda ]; do sleep 0.1; done
echo writing
yes 'nothing is lost' | dd of=$(echo /dev/[vs]da) bs=64k count=72 iflag=fullblock 2>/dev/null && sync && echo written || echo failed
while :; do sleep 1000; done
INIT
mkdir "$TMP/small"
mount -t tmpfs -o size=4M small "$TMP/small"
fills() { # MACHINE BUS
	rm -f "$TMP/small/disk"
	mount -o remount,size=4M "$TMP/small"
	put "$V/config" "machine=$1
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check
disk0=path=$TMP/small/disk size=16M bus=$2" >/dev/null
	exec 8<"$V/event"
	is "$(put "$V/ctl" boot)" ok "a guest fills its disk, which is on bus $2" || diag "$(cat "$V/error")"
	exec 7<"$V/console"
	ok 'it stands still' await 8 ' paused reason=disk0:nospace'
	is "$(cat "$V/state") $(reason)" "paused disk0: no space left where $TMP/small/disk is: make room, then resume" 'status tells why'
	like "$(cat "$V/error")" '^paused: disk0: no space left' 'and error'
	old=$(daemon_pid)
	kill -9 "$old"
	is "$(cat "$V/state") $(reason)" "paused disk0: no space left where $TMP/small/disk is: make room, then resume" 'the next daemon, too'
	_got=$(put "$V/ctl" resume)
	case $_got in ok | EIO) _got=right ;; esac
	is "$_got" right 'resumed without room'
	# QEMU 10 names the disk up to a second later
	ok 'it stands still again' timeout 30 sh -c "until grep -qF 'reason disk0: no space left where $TMP/small/disk is' '$V/status'; do sleep 0.1; done"
	mount -o remount,size=32M "$TMP/small"
	is "$(put "$V/ctl" resume)" ok 'resumed with room'
	ok 'it goes on' await 7 'written'
	is "$(cat "$V/state") $(reason) $(cat "$V/error")" 'running - ' 'as if nothing had been'
	is "$(yes 'nothing is lost' | head -c 4718592 | cmp - "$TMP/small/disk" 2>&1 | grep -v EOF)" '' 'nothing was lost'
	exec 7<&-
	put "$V/ctl" halt >/dev/null
}
fills q35 virtio
fills pc ide

# One that sleeps by itself
linux_initrd <<'INIT'
echo "sleeps"
echo mem >/sys/power/state
while :; do sleep 1000; done
INIT
put "$V/config" "machine=q35
disk0=none" >/dev/null
exec 7<"$V/console" 8<"$V/event"
is "$(put "$V/ctl" boot)" ok 'a guest that sleeps'
ok 'is paused' await 8 ' paused reason=suspended'
is "$(reason)" 'suspended: its own system sleeps: resume wakes it' 'status tells why'
is "$(put "$V/ctl" resume) $(cat "$V/state")" 'ok running' 'resume wakes it'
exec 7<&-
put "$V/ctl" halt >/dev/null
umount "$TMP/small"
finish
