#!/bin/sh
# vlan=: a zone's port takes and gives untagged frames of one VLAN alone. In a network namespace of the
# test's own; the host's part in a VLAN is an interface of 8021q.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/net.inc"
BB=$(command -v busybox) || skip_all 'no busybox here'
ip link set lo up
ip link add probe type bridge vlan_filtering 1 2>/dev/null || skip_all 'this kernel has no bridge that filters VLANs'
ip link add link probe name probe.7 type vlan id 7 2>/dev/null || skip_all 'this kernel has no 8021q'
ip link del probe
setup
A=$ZONES/a B=$ZONES/b C=$ZONES/c
mkdir "$A" "$B" "$C"
# The first may share the fate of an earlier one, whose question for the MAC nobody has answered
reaches() { for _ in 1 2 3; do in_net "$1" "$BB" ping -q -c 1 -W 5 "$2" >/dev/null 2>&1 && return; done; }
deaf() { ! in_net "$1" "$BB" ping -q -c 1 -W 1 "$2" >/dev/null 2>&1; }

like "$(key "$MNT/host" network)" 'usable|^[^V]*$' 'host names no lack of VLANs'
put "$A/nic0" 'bridge=wbr0 vlan=7 address=10.7.0.1/24' >/dev/null
put "$B/nic0" 'bridge=wbr0 vlan=7 address=10.7.0.2/24' >/dev/null
put "$C/nic0" 'bridge=wbr0 vlan=8 address=10.7.0.3/24' >/dev/null
for z in "$A" "$B" "$C"; do
	is "$(put "$z/ctl" boot)" ok "${z##*/} boots" || diag "$(cat "$z/error")"
done
ok 'a reaches b in the same VLAN' reaches "$A" 10.7.0.2
ok 'c in another hears nothing of a' deaf "$A" 10.7.0.3
ok 'and a nothing of c' deaf "$C" 10.7.0.1

# The host in VLAN 7
bridge vlan add dev wbr0 vid 7 self
ip link add link wbr0 name wbr0.7 type vlan id 7
ip addr add 10.7.0.254/24 dev wbr0.7
ip link set wbr0.7 up
ok 'the host reaches a by an interface of 8021q' "$BB" ping -q -c 1 -W 5 10.7.0.1
ok 'a reaches the host' reaches "$A" 10.7.0.254
ok 'c does not' deaf "$C" 10.7.0.254

# Live
is "$(put "$C/nic0" 'bridge=wbr0 vlan=7 address=10.7.0.3/24')" ok 'c is moved' || diag "$(cat "$C/error")"
ok 'and reaches a' reaches "$C" 10.7.0.1
is "$(put "$A/nic0" 'bridge=wbr0 vlan=4094 address=10.7.0.1/24')" ok 'a is moved'
ok 'and does not reach b' deaf "$A" 10.7.0.2
refused "$A/nic0" 'bridge=wbr0 vlan=4095 address=10.7.0.1/24' ERANGE
ok 'what is refused moves nobody' deaf "$A" 10.7.0.2
is "$(put "$A/nic0" 'bridge=wbr0 vlan=7 address=10.7.0.1/24')" ok 'and back'
ok 'a reaches b' reaches "$A" 10.7.0.2

# A zone that tags by itself: into its own VLAN as into another
put "$C/nic0" 'bridge=wbr0 vlan=8 address=10.8.0.3/24' >/dev/null
for spoof in on off; do
	is "$(put "$A/nic0" "bridge=wbr0 vlan=7 address=10.7.0.1/24 antispoof=$spoof")" ok "antispoof=$spoof"
	for v in 8 7; do
		in_net "$A" ip link add link eth0 name "tag$v" type vlan id "$v"
		in_net "$A" ip link set "tag$v" up
	done
	in_net "$A" ip addr add 10.8.0.1/24 dev tag8
	ok 'a tag does not get it into VLAN 8' deaf "$A" 10.8.0.3
	for v in 8 7; do in_net "$A" ip link del "tag$v"; done
done
ok 'all the while it reaches b' reaches "$A" 10.7.0.2

# Over a killed daemon, and a boot
kill -9 "$(daemon_pid)"
is "$(cat "$A/state")" running 'the daemon is killed'
ok 'a reaches b' reaches "$A" 10.7.0.2
ok 'not c' deaf "$A" 10.8.0.3
is "$(put "$A/ctl" reboot)" ok 'a boots again'
ok 'and reaches b' reaches "$A" 10.7.0.2
ok 'not c, yet' deaf "$C" 10.7.0.1
ip link del wbr0.7
for z in "$A" "$B" "$C"; do put "$z/ctl" halt >/dev/null; done
is "$(ip -o link | wc -l)" 1 'at the end nothing is left but lo'
finish
