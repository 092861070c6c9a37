#!/bin/sh
# NICs given to a VM that runs, changed and taken away: its Linux sees them come and go, and uses them. In a
# network namespace of the test's own.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
. "$HERE/net.inc"
linux_kernel kernel # by the network, which is not there inside
[ -n "${WARREN_NET-}" ] || [ "$(id -u)" -ne 0 ] || exec env WARREN_NET=1 unshare -n sh "$0" "$@"
! why=$(linux_missing) || skip_all "$why"
BB=$(command -v busybox)
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
B=$ZONES/b V=$VMS/v

linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net
cp "$KERNEL/vmlinuz" "$TMP/vmlinuz"
mac() { printf '02:00:00:00:0a:%02x' "$1"; } # N
set_to() { # FILE LINE: `ok` and what waits, or the error
	_r=$(put "$V/$1" "$2")
	[ "$_r" = ok ] && echo "ok$(sed -n 's/^reboot_needed//p' "$V/status")" || { echo "$_r" && cat "$V/error"; }
}
taps() { ip -o link show type tun | wc -l; }
port() { # N: the host's end of NIC N
	ip -o link show type tun | sed -n "s/^[0-9]*: \([^@:]*\):.*alias warren $CG .* nic$1\( .*\)*$/\1/p"
}
master() { ip -o link show "$(port "$1")" | sed -n 's/.* master \([^ ]*\) .*/\1/p'; }
pid() { pid_of "$V"; }
boots() { # MACHINE: and its guest learns some words
	put "$V/machine" "$1" >/dev/null
	up "$1: boots"
	# the interface that has MAC
	guest 'at() { grep -lx "$1" /sys/class/net/*/address 2>/dev/null | cut -d/ -f5 | grep .; }'
	guest 'comes() { n=0; until at "$1" >/dev/null || [ $n = 100 ]; do n=$((n + 1)); usleep 100000; done; [ $n != 100 ] && echo "$1 came" || echo "$1 did not come"; }'
	guest 'goes() { n=0; while at "$1" >/dev/null && [ $n != 100 ]; do n=$((n + 1)); usleep 100000; done; [ $n != 100 ] && echo "$1 went" || echo "$1 stays"; }'
	guest 'has() { ip link set "$(at "$1")" up; ip addr flush dev "$(at "$1")"; ip addr add "$2/24" dev "$(at "$1")"; }' # MAC ADDRESS
	guest 'reach() { n=0; until ping -q -c 1 -W 1 "$1" >/dev/null 2>&1 || [ $n = ${2-10} ]; do n=$((n + 1)); done; [ $n != ${2-10} ] && echo "$1 answers" || echo "$1 is silent"; }' # ADDRESS [TRIES]
	guest 'numbers() { echo "has $(ls /sys/class/net | grep -c eth) of them"; }'
}

mkdir "$B" "$V"
put "$B/nic0" 'bridge=wbr0 address=10.1.0.2/24' >/dev/null
put "$B/nic1" 'bridge=wbr1 address=10.2.0.2/24' >/dev/null
put "$B/ctl" boot >/dev/null
others=$(rules | wc -l)
put "$V/config" "accel=tcg
vcpus=1
kernel=$TMP/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 quiet tsc_early_khz=2600000 no_timer_check" >/dev/null
M=$(mac 1)

for machine in q35 pc; do
	boots $machine
	was=$(pid)
	is "$(guest numbers)" 'has 0 of them' 'it has no NIC'
	for time in first second; do
		is "$(set_to nic1 "bridge=wbr0 mac=$M address=10.1.0.1/24")" ok "$machine: one is given, for the $time time"
		is "$(guest "comes $M; has $M 10.1.0.1; reach 10.1.0.2")" "$M came
10.1.0.2 answers" 'it comes with its MAC, and passes packets'
		is "$(master 1) $(rules | wc -l)" "wbr0 $((others + 1))" 'it is a port of its bridge, with rules'
		among 1 "$(stat_of "$V" nic1 rx_packets)" 1000 'nic.stat counts'
		is "$(set_to nic1 none)" ok 'it is taken away'
		is "$(guest "goes $M; numbers")" "$M went
has 0 of them" 'and is gone'
		is "$(taps) $(rules | wc -l)" "0 $others" 'with its tap and its rules'
	done
	is "$(set_to nic1 "bridge=wbr0 mac=$M address=10.1.0.1/24") $(guest "comes $M; has $M 10.1.0.1; reach 10.1.0.2")" "ok $M came
10.1.0.2 answers" 'and again'
	index() { ip -o link show "$(port 1)" | cut -d: -f1; }
	index=$(index)
	is "$(set_to nic1 "bridge=wbr1 mac=$M address=10.2.0.1/24 mtu=1400")" 'ok nic1' 'another bridge and MTU; the MTU waits'
	is "$(key "$V/pending" nic1)" "\"bridge=wbr1 mac=$M address=10.2.0.1/24 antispoof=on\" \"bridge=wbr1 mac=$M address=10.2.0.1/24 mtu=1400 antispoof=on\"" 'as pending tells'
	is "$(set_to nic1 "bridge=wbr1 mac=$M address=10.2.0.1/24")" ok 'nothing waits without it'
	is "$(index) $(master 1)" "$index wbr1" 'the interface stays, and is a port of the other one'
	is "$(guest "has $M 10.2.0.1; reach 10.2.0.2; reach 10.1.0.2 2")" '10.2.0.2 answers
10.1.0.2 is silent' 'as the guest sees'
	is "$(set_to nic1 "bridge=wbr1 mac=$M address=10.2.0.66/24") $(guest "reach 10.2.0.2 2")" 'ok 10.2.0.2 is silent' 'another address= keeps its own in'
	is "$(set_to nic1 "bridge=wbr1 mac=$M antispoof=off") $(guest "reach 10.2.0.2")" 'ok 10.2.0.2 answers' 'without antispoof it is heard'
	N=$(mac 2)
	is "$(set_to nic1 "bridge=wbr1 mac=$N address=10.2.0.1/24") $(guest "goes $M; comes $N; has $N 10.2.0.1; reach 10.2.0.2")" "ok $M went
$N came
10.2.0.2 answers" 'another MAC is another device'
	is "$(pid) $(key "$V/status" restarts) $(key "$V/status" resets)" "$was 0 0" 'all that within one QEMU'
	kill -9 "$(daemon_pid)"
	is "$(cat "$V/state") $(guest "reach 10.2.0.2") $(set_to nic1 none) $(taps)" 'running 10.2.0.2 answers ok 0' 'a new daemon takes it away' || diag "$(cat "$V/error")"
	is "$(guest "goes $N; numbers")" "$N went
has 0 of them" 'and it is gone'
	all=$(for n in 0 1 2 3 4 5 6 7; do echo "nic$n=bridge=wbr0 mac=$(mac $n)"; done)
	is "$(put "$V/config" "$all") $(taps)" 'ok 8' 'eight at once' || diag "$(cat "$V/error")"
	is "$(guest "comes $(mac 0); comes $(mac 7); numbers")" "$(mac 0) came
$(mac 7) came
has 8 of them" 'and the guest has them'
	is "$(put "$V/ctl" pause)$(set_to nic3 none)" 'okok nic3' 'while it is paused none goes'
	is "$(set_to nic3 "bridge=wbr0 mac=$(mac 3)")$(set_to nic4 none)$(put "$V/ctl" resume)" 'okok nic4ok' 'it waits'
	is "$(guest "goes $(mac 4); numbers")" "$(mac 4) went
has 7 of them" 'until it goes on'
	put "$V/config" "$(echo "$all" | sed 's/=bridge.*/=none/')" >/dev/null
	is "$(guest numbers) $(taps) $(rules | wc -l) $(key "$V/status" reboot_needed)" "has 0 of them 0 $others " 'all go' || diag "$(cat "$V/error")"
	put "$V/ctl" halt >/dev/null
	exec 7<&-
done

# What waits for a boot: a microvm has no place for one; an e1000 none on q35
boots microvm
is "$(set_to nic1 "bridge=wbr0 mac=$M")" 'ok nic1' 'microvm: one that is given waits'
is "$(put "$V/ctl" 'reboot 0') $(taps) $(key "$V/status" reboot_needed)" 'ok 1 ' 'for a boot'
is "$(set_to nic1 "bridge=wbr1 mac=$M") $(master 1)" 'ok wbr1' 'another bridge is in force at once'
is "$(set_to nic1 none) $(master 1)" 'ok nic1 wbr1' 'it is not taken away'
put "$V/ctl" halt >/dev/null
put "$V/config" "machine=q35
os=other" >/dev/null
boots q35
is "$(set_to nic1 "bridge=wbr0 mac=$M") $(taps)" 'ok nic1 0' 'os=other on q35: one that is given waits'
is "$(put "$V/os" linux) $(set_to nic2 "bridge=wbr0") $(taps)" 'ok ok nic1 nic2 os 0' 'also when os waits to be another' || diag "$(cat "$V/status")"
put "$V/ctl" halt >/dev/null
exec 7<&-

# A guest that does not hear
put "$V/config" "machine=q35
kernel=$WARREN_BUILD/guests/hello
append=echo
nic1=none
nic2=none" >/dev/null
is "$(put "$V/ctl" boot) $(set_to nic1 "bridge=wbr0 mac=$M") $(taps)" 'ok ok 1' 'a guest without a driver is given one' || diag "$(cat "$V/error")"
is "$(set_to nic1 none) $(taps)" 'ok nic1 1' 'that it does not let go: it waits'
is "$(key "$V/pending" nic1)" "\"bridge=wbr0 mac=$M antispoof=on\" none" 'as pending tells'
is "$(set_to nic2 "bridge=wbr0") $(taps)" 'ok nic1 2' 'another one comes meanwhile'
is "$(set_to nic1 "bridge=wbr1 mac=$M") $(master 1)" 'ok wbr1' 'and its line can come back'
is "$(set_to nic1 none)$(put "$V/ctl" reboot) $(taps) $(key "$V/status" reboot_needed)" 'ok nic1ok 1 ' 'a boot takes it away'
put "$V/ctl" halt >/dev/null
finish
