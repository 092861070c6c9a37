#!/bin/sh
# NICs and a QEMU that misbehaves: what it does not do is undone, and what it does not answer holds up nobody
# else. tests/fakeqemu.c, bound over QEMU, in a mount and network namespace of this test's own.
if [ "$(id -u)" -eq 0 ] && [ -z "${WARREN_NET-}" ]; then
	exec env WARREN_NET=1 unshare -m -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/net.inc"
QEMU=/usr/bin/qemu-system-x86_64
[ -e $QEMU ] || skip_all 'no QEMU here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
[ "$(id -u)" -ne 0 ] || mount --bind "$WARREN_BUILD/tests/fakeqemu" $QEMU || skip_all 'it can not be put in the place of QEMU'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
V=$VMS/v O=$ZONES/o LINE='bridge=wbr0 mac=02:00:00:00:0a:01'
mkdir "$V" "$O"
put "$O/ctl" boot >/dev/null
boots() { # HOW [LINE]: it will misbehave so, with a nic1
	put "$V/config" "accel=tcg
machine=pc
kernel=$WARREN_BUILD/guests/hello
append=$1
nic1=${2-none}" >/dev/null
	is "$(put "$V/ctl" boot)" ok "$1: boots" || diag "$(cat "$V/error")"
}
left() { echo "$(cat "$V/nic1") $(links)$(rules)"; }

for command in netdev_add device_add; do
	boots refuses:$command
	refused "$V/nic1" "$LINE" EIO '^nic1: QEMU refuses it: see whether it can be set while the guest is off$'
	is "$(left) $(key "$V/status" reboot_needed)" 'none lo  ' 'and all is as it was'
	put "$V/ctl" halt >/dev/null
done

for command in device_add netdev_add qom-list; do
	boots mute:$command
	(put "$V/nic1" "$LINE" >"$TMP/result") &
	writer=$!
	is "$(timeout 20 sh -c "echo bridge=wbr0 >'$O/nic0'" && timeout 20 sh -c "echo none >'$O/nic0'" && echo fine)" fine 'nobody else is held up'
	is "$(timeout 20 sh -c "echo halt >'$V/ctl'" && cat "$V/state")" halted 'halt ends it'
	wait $writer
	is "$(cat "$TMP/result") $(cut -d' ' -f1 "$V/nic1") $(links)$(rules)" 'ok bridge=wbr0 lo ' 'the line waits for the next boot, and nothing is left'
done

# The daemon dies while QEMU is silent
boots mute:device_add
(put "$V/nic1" "$LINE" >"$TMP/result") &
writer=$!
i=0
until [ "$(key "$V/status" reboot_needed)" = nic1 ] || [ $i = 2000 ]; do i=$((i + 1)); done
kill -9 "$(daemon_pid)"
is "$(cat "$V/state")" running 'the daemon is killed half-way'
is "$(timeout 20 sh -c "echo halt >'$V/ctl'" && cat "$V/state")" halted 'the next one can halt it'
wait $writer
is "$(links)$(rules)" 'lo ' 'and nothing is left'

boots keeps "$LINE"
is "$(put "$V/nic1" none) $(key "$V/status" reboot_needed)" 'ok nic1' 'a NIC that never goes: the line waits'
is "$(put "$V/nic1" "$LINE antispoof=off") $(key "$V/status" reboot_needed) $(rules)" 'ok  ' 'it stays with another line'
ip link del "$(ip -o link show type tun | sed 's/^[0-9]*: \([^@:]*\).*/\1/')"
refused "$V/nic1" "$LINE" EIO "^nic1: its interface w[^ ]* on the host is gone: write none, then the line again"
put "$V/nic1" none >/dev/null
kill -9 "$(pid_of "$V")"
ended "$V" >/dev/null
is "$(cat "$V/nic1") $(links)$(rules)" 'none lo ' 'a QEMU that is killed takes all along'
# A NIC of an older warren's can't be told from another: it is left alone
boots older "$LINE"
is "$(put "$V/nic1" "bridge=wbr1 mac=02:00:00:00:0a:01")$(put "$V/nic2" bridge=wbr2) $(key "$V/status" reboot_needed)" 'okok nic1 nic2' 'a VM of an older warren: lines wait'
like "$(ip -o link show type tun)" ' master wbr0 ' 'and its NIC stays on its bridge'
is "$(links | wc -w)" 3 'alone'
put "$V/config" "nic1=none
nic2=none" >/dev/null
put "$V/ctl" halt >/dev/null
is "$(links)$(rules)" 'lo ' 'until it is halted'

put "$O/ctl" halt >/dev/null
umount $QEMU
finish
