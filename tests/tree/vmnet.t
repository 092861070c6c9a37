#!/bin/sh
# A stock Linux guest that uses its NIC: it reaches a zone on the same bridge, and is not heard with another
# MAC or address, whatever its root does.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
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
B=$ZONES/b V=$VMS/v MAC=02:00:00:00:0a:01

# The guest: it says what it reaches
linux_root virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net
linux_initrd <<'INIT'
if grep -qw publish /proc/cmdline; then # QEMU's own network, in which the guest would get this address by DHCP
	ip link set eth0 up
	ip addr add 10.0.2.15/24 dev eth0
	echo it serves
	while :; do echo hello from the guest | nc -l -p 80; done
fi
reach() { # WHAT ADDRESS [PING'S WORDS]: whether it answers
	what=$1 to=$2 && shift 2
	ping -q -c 1 -W 2 "$@" "$to" >/dev/null 2>&1 && echo "$what: yes" || echo "$what: no"
}
mac() { ip link set eth0 down; ip link set eth0 address "$1"; up; }
up() {
	echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad # no address waits
	ip link set eth0 up
	ip addr flush dev eth0
	ip addr add 10.1.0.1/24 dev eth0
	ip -6 addr add fd01::1/64 dev eth0
}
up
echo "eth0 has $(cat /sys/class/net/eth0/address 2>/dev/null || ip link show eth0 | sed -n 's/.*ether \([^ ]*\).*/\1/p')"
echo "eth0 has mtu $(ip link show eth0 | sed -n 's/.*mtu \([0-9]*\).*/\1/p')"
reach own 10.1.0.2
reach six fd01::2
mac 02:00:00:00:0a:66
reach mac 10.1.0.2
mac 02:00:00:00:0a:01
reach again 10.1.0.2
ip addr add 10.1.0.66/24 dev eth0
reach address 10.1.0.2 -I 10.1.0.66
ip -6 addr add fd01::66/64 dev eth0
reach address6 fd01::2 -I fd01::66
reach last 10.1.0.2
echo that is all
while :; do sleep 1000; done
INIT
cp "$KERNEL/vmlinuz" "$TMP/vmlinuz"

mkdir "$B" "$V"
put "$B/nic0" 'bridge=wbr0 address=10.1.0.2/24,fd01::2/64' >/dev/null
is "$(put "$B/ctl" boot)" ok 'a zone' || diag "$(cat "$B/error")"
is "$(put "$V/config" "accel=tcg
vcpus=1
kernel=$TMP/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 quiet tsc_early_khz=2600000 no_timer_check
nic0=bridge=wbr0 mac=$MAC address=10.1.0.1/24,fd01::1/64 mtu=1400")" ok 'a VM on the same bridge' || diag "$(cat "$V/error")"
exec 7<"$V/console"
is "$(put "$V/ctl" boot)" ok 'boots' || diag "$(cat "$V/error")"
said=$(await 7 'that is all' | tr -d '\r')
exec 7<&-
says() { like "$said" "$1\$" "$2"; } # LINE DESCRIPTION
says "eth0 has $MAC" 'the guest has a NIC with its MAC'
says 'eth0 has mtu 1400' 'and the MTU'
says 'own: yes' 'it reaches the zone'
says 'six: yes' 'by IPv6, too'
says 'mac: no' 'with another MAC it does not'
says 'again: yes' 'with its own it does again'
says 'address: no' 'nor with another address'
says 'address6: no' 'of IPv6'
says 'last: yes' 'and with its own to the end'
unlike "$(nsenter -t "$(pid_of "$B")" -n ip neigh)" '0a:66|10\.1\.0\.66|fd01::66' 'the zone never heard of the others'
rx=$(sed -n 's/^nic0 rx_bytes=\([0-9]*\).*/\1/p' "$V/nic.stat")
among 200 "$rx" 100000 'nic.stat counts what it received'
is "$(put "$V/ctl" halt)$(ip -o link show type tun)" ok 'at the end the tap goes'
put "$B/ctl" halt >/dev/null
is "$(ip -o link | wc -l)$(nft list tables 2>/dev/null)" 1 'and all the rest'

# A port of the host leads to the guest, by way of pasta and QEMU
if command -v pasta >/dev/null; then
	ip link add out type veth peer name far
	ip link set out up
	ip link set far up
	ip addr add 192.0.2.1/24 dev out
	ip route add default via 192.0.2.254
	is "$(put "$V/config" "append=console=ttyS0 quiet tsc_early_khz=2600000 no_timer_check publish
nic0=user publish=80:80")" ok 'user, with a port'
	exec 7<"$V/console"
	is "$(put "$V/ctl" boot)" ok 'boots' || diag "$(cat "$V/error")"
	await 7 'it serves' >/dev/null
	exec 7<&-
	i=0
	until said=$(timeout 10 "$BB" nc -w 5 127.0.0.1 80 </dev/null) && [ -n "$said" ] || [ $i = 20 ]; do i=$((i + 1)); done
	is "$said" 'hello from the guest' 'leads to the guest'
	put "$V/ctl" halt >/dev/null
	ip link del out
else
	skip 'no pasta here' 'a port leads to the guest'
fi
finish
