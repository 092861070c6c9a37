#!/bin/sh
# A NIC without a bridge, given to a VM that runs: its guest reaches the world by it, and is reached by published
# ports, which change under its feet. In a network namespace of the test's own.
. "$(dirname "$0")/lib.sh"
. "$HERE/linux.inc"
. "$HERE/net.inc"
linux_kernel kernel # by the network, which is not there inside
[ -n "${WARREN_NET-}" ] || [ "$(id -u)" -ne 0 ] || exec env WARREN_NET=1 unshare -n sh "$0" "$@"
! why=$(linux_missing) || skip_all "$why"
BB=$(command -v busybox)
command -v qemu-system-x86_64 >/dev/null || skip_all 'no QEMU here'
[ -x /usr/bin/pasta ] || skip_all 'no pasta here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
V=$VMS/v M=02:00:00:00:0a:01

linux_typed virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net
cp "$KERNEL/vmlinuz" "$TMP/vmlinuz"
asks() { # PORT: what it says there, sooner or later
	i=0
	until said=$(timeout 10 "$BB" nc -w 5 127.0.0.1 "$1" </dev/null) && [ -n "$said" ] || [ $i = 20 ]; do i=$((i + 1)); done
	echo "$said"
}
pastas() { find /sys/fs/cgroup -path "*/$CG/*" -name cgroup.procs -exec cat {} + | sort -u | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline"; echo; done | grep -c '^[^ ]*pasta '; }
now() { echo "$(key "$V/status" reboot_needed)$(pastas) $(links)"; }

mkdir "$V"
put "$V/config" "accel=tcg
vcpus=1
kernel=$TMP/vmlinuz
initrd=$TMP/initrd
append=console=ttyS0 quiet tsc_early_khz=2600000 no_timer_check" >/dev/null
up 'boots'
guest 'there() { n=0; until [ -e /sys/class/net/eth0 ] || [ $n = 100 ]; do n=$((n + 1)); usleep 100000; done; }'
# with the address that QEMU's DHCP would give
guest 'comes() { there; ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2; echo "it has $(cat /sys/class/net/eth0/address)"; }'
guest 'serve() { while :; do echo "this is port $1" | nc -l -p $1; done >/dev/null 2>&1 & }'
guest 'ip link set lo up; serve 80; serve 81'
refused "$V/nic0" "user mac=$M publish=8080:80" EOPNOTSUPP '^nic0: the host has no way out: give it a default route '
is "$(now)" '0 lo ' 'a host without a way out gives none'
way_out
is "$(put "$V/nic0" "user mac=$M publish=8080:80") $(now)" 'ok 1 lo out ' 'user is given' || diag "$(cat "$V/error")"
is "$(guest comes)" "it has $M" 'it comes'
is "$(asks 8080)" 'this is port 80' 'and is reached by its port'
echo hello >"$TMP/word"
nsenter -t "$far" -n "$BB" nc -ll -p 7000 -e cat "$TMP/word" 7<&- &
server=$!
is "$(guest 'i=0; until nc -w 2 192.0.2.254 7000 || [ $i = 20 ]; do i=$((i + 1)); done')" hello 'it reaches the world'
kill $server
among 1 "$(stat_of "$V" nic0 rx_packets)" 1000 'nic.stat counts'
is "$(put "$V/nic0" "user mac=$M publish=8080:81,8081:80") $(now)" 'ok 1 lo out ' 'other ports' || diag "$(cat "$V/error")"
is "$(asks 8080) $(asks 8081)" 'this is port 81 this is port 80' 'lead elsewhere'
is "$(guest 'ip addr show eth0 | grep -c 10.0.2.15')" 1 'and the guest keeps its address'
kill -9 "$(daemon_pid)"
is "$(cat "$V/state") $(asks 8081)" 'running this is port 80' 'also over a killed daemon'
is "$(put "$V/nic0" "user mac=$M publish=8082:81") $(asks 8082) $(now)" 'ok this is port 81 1 lo out ' 'the next one changes them' || diag "$(cat "$V/error")"
is "$(put "$V/nic0" "bridge=wbr0 mac=$M") $(now | sed 's/wbr0/BRIDGE/; s/w[^ ]*/port/; s/port BRIDGE/BRIDGE port/')" 'ok 0 lo out BRIDGE port ' 'onto a bridge'
is "$(guest 'there; ip addr show eth0 | grep -c 10.0.2.15; :')" 0 'it is another device'
is "$(put "$V/nic0" "user mac=$M publish=8080:80") $(guest comes) $(asks 8080)" "ok it has $M this is port 80" 'and back'
is "$(put "$V/nic0" none) $(now)$(rules)" 'ok 0 lo out ' 'it is taken away'
put "$V/ctl" halt >/dev/null
kill "$far"
ip link del out
is "$(links)$(rules)" 'lo ' 'in the end nothing is left on the host'
finish
