#!/bin/sh
# The command eject: of a drive that the guest lets go, of one that it holds locked, and of one that does not run.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
linux_kernel kernel
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
setup
V=$VMS/v
mkdir "$V"
put "$V/accel" tcg >/dev/null
disc() { { echo "disc $1" && head -c 1048576 /dev/zero; } >"$TMP/$1"; }
disc one
disc two

# --- one that does not run -------------------------------------------------------------------------

put "$V/config" "cdrom=$TMP/one
cdrom1=$TMP/two" >/dev/null
is "$(put "$V/ctl" eject) $(cat "$V/cdrom" "$V/cdrom1" | tr '\n' ' ')" "ok none $TMP/two " 'cdrom, unless told'
is "$(put "$V/ctl" 'eject cdrom1') $(cat "$V/cdrom1")" 'ok none' 'or the other'
is "$(put "$V/ctl" 'eject
eject cdrom')" ok 'twice in a row'
like "$(cat "$V/ctl")" '^# eject \[cdrom\|cdrom1\]$' 'ctl lists it'
chmod 600 "$V/cdrom" # an owner of ctl has the button, whoever set the disc
put "$V/cdrom" "$TMP/one" >/dev/null
chown 1234 "$V/ctl"
is "$(AS=1234 put "$V/ctl" eject) $(cat "$V/cdrom")" 'ok none' 'an owner of ctl'

# --- a guest ---------------------------------------------------------------------------------------

if why=$(linux_missing); then
	skip "$why" 'a guest that has discs'
	finish
fi
linux_root scsi_common scsi_mod libata ata_piix cdrom sr_mod
linux_initrd <<'INIT'
echo ready
while read -r line; do eval "$line"; echo "it is done"; done
INIT
put "$V/config" "machine=pc
kernel=$KERNEL/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 loglevel=3 tsc_early_khz=2600000 no_timer_check
cdrom=$TMP/one
cdrom1=$TMP/two" >/dev/null
exec 7<"$V/console"
inside() { # LINE: the guest runs it; prints what it says
	put "$V/console" "$1
" >/dev/null
	await 7 'it is done'
}
is "$(put "$V/ctl" boot)" ok 'a guest with two drives' || diag "$(cat "$V/error")"
await 7 ready >/dev/null
like "$(inside 'head -n 1 /dev/sr0 /dev/sr1')" 'disc one' 'reads'
like "$(inside 'exec 3</dev/sr0')" 'done' 'holds one'
is "$(put "$V/ctl" eject) $(cat "$V/cdrom")" "EIO $TMP/one" 'which is not taken from it'
is "$(cat "$V/error")" 'ctl: eject: cdrom: the guest holds its tray locked: unmount it there, or write none to cdrom, which takes it out all the same' 'and error says how it can be'
put "$V/ctl" eject >"$TMP/got" &
writer=$!
inside 'sleep 1; exec 3<&-' >/dev/null
wait $writer
is "$(cat "$TMP/got") $(cat "$V/cdrom")" 'ok none' 'until it lets go, which is waited for' || diag "$(cat "$V/error")"
like "$(inside 'head -n 1 /dev/sr0; echo')" 'No medium found' 'it has none any more'
is "$(put "$V/ctl" 'eject cdrom1') $(cat "$V/cdrom1" "$V/error")" 'ok none' 'the other drive'
qemu=$(pid_of "$V")
is "$(ls -l "/proc/$qemu/fd" | grep -c "$TMP/\(one\|two\)")" 0 'QEMU has closed both'
is "$(key "$V/status" reboot_needed)" '' 'and nothing waits'

# Two at once, and a daemon that is killed
put "$V/cdrom" "$TMP/one" >/dev/null
put "$V/ctl" eject >"$TMP/a" &
a=$!
put "$V/ctl" eject >"$TMP/b" &
b=$!
wait $a
wait $b
is "$(cat "$TMP/a" "$TMP/b") $(cat "$V/cdrom")" 'okok none' 'two at once'
put "$V/cdrom" "$TMP/one" >/dev/null
# it learns of a disc by reads that fail
like "$(inside 'n=0; while [ $n -lt 50 ] && ! head -c 1 /dev/sr0 >/dev/null 2>&1; do n=$((n + 1)); sleep 0.1; done; exec 3</dev/sr0 && echo "it holds it"')" '^it holds it' 'it holds a disc again'
put "$V/ctl" eject >"$TMP/got" &
writer=$!
kill -9 "$(daemon_pid)"
wait $writer
case $(cat "$TMP/got") in EIO) _got=right ;; *) _got=$(cat "$TMP/got") ;; esac
is "$_got $(cat "$V/cdrom")" "right $TMP/one" 'a daemon that is killed: the next answers'
put "$V/ctl" eject >"$TMP/got" &
writer=$!
put "$V/ctl" halt >/dev/null
wait $writer
like "$(cat "$TMP/got") $(cat "$V/state")" '^(ok|EIO|ESRCH) halted' 'a halt waits for none'
exec 7<&-
finish
