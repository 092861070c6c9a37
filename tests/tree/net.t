#!/bin/sh
# NICs: in a network namespace of the test's own, so that nothing of it is seen on the host.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/net.inc"
BB=$(command -v busybox) || skip_all 'no busybox here'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
A=$ZONES/a B=$ZONES/b C=$ZONES/c
mkdir "$A" "$B" "$C"

reaches() { in_net "$1" "$BB" ping -q -c 1 -W 2 "$2" >/dev/null 2>&1; }
deaf() { ! in_net "$1" "$BB" ping -q -c 1 -W 1 "$2" >/dev/null 2>&1; }

# What is refused
N='address=10.1.0.1/24'
while IFS='|' read -r value errno why; do
	refused "$A/nic0" "$value" "$errno" "$why"
done <<EOF
frog|EINVAL|"frog" is no KEY=VALUE: give bridge=NAME
bridge|EINVAL|is no KEY=VALUE
bridge=|EINVAL|is no KEY=VALUE
color=red|EINVAL|"color" is not a property of a NIC
$N|EINVAL|it has neither bridge= nor user
bridge=a b=c|EINVAL|"b" is not a property
bridge=a bridge=b|EINVAL|bridge= is there twice
bridge=sixteen-is-toolo|EINVAL|no name of a bridge
bridge=../x|EINVAL|no name of a bridge
bridge=.a|EINVAL|no name of a bridge
bridge=a%d|EINVAL|no name of a bridge
bridge=a mac=1:2:3:4:5:6|EINVAL|is no MAC: give it as
bridge=a mac=02:00:00:00:00|EINVAL|is no MAC
bridge=a mac=02:00:00:00:00:0g|EINVAL|is no MAC
bridge=a mac=02-00-00-00-00-01|EINVAL|is no MAC
bridge=a mac=01:00:00:00:00:01|EINVAL|single station
bridge=a mac=00:00:00:00:00:00|EINVAL|single station
bridge=a mac=02:00:00:00:00:01 mac=02:00:00:00:00:01|EINVAL|mac= is there twice
bridge=a address=10.1.0.1|EINVAL|has no prefix length
bridge=a address=10.1.0.1/|EINVAL|not a number
bridge=a address=10.1.0.1/0|ERANGE|outside the limits
bridge=a address=10.1.0.1/33|ERANGE|outside the limits
bridge=a address=fd00::1/129|ERANGE|outside the limits
bridge=a address=10.1.0.1/-1|EINVAL|not a number
bridge=a address=10.1.0/24|EINVAL|is no IPv4 or IPv6 address
bridge=a address=010.1.0.1/24|EINVAL|is no IPv4 or IPv6 address
bridge=a address=fd00:::1/64|EINVAL|is no IPv4 or IPv6 address
bridge=a address=10.1.0.0/24|EINVAL|is the network itself
bridge=a address=10.1.0.255/24|EINVAL|broadcast
bridge=a address=0.0.0.0/8|EINVAL|single station
bridge=a address=127.0.0.1/8|EINVAL|single station
bridge=a address=224.0.0.1/24|EINVAL|single station
bridge=a address=255.255.255.255/32|EINVAL|single station
bridge=a address=::/64|EINVAL|single station
bridge=a address=::1/128|EINVAL|single station
bridge=a address=ff02::1/64|EINVAL|single station
bridge=a address=::ffff:10.1.0.1/96|EINVAL|single station
bridge=a $N,10.1.0.1/16|EINVAL|is there twice
bridge=a $N $N|EINVAL|is there twice
bridge=a $N,|EINVAL|no prefix length
bridge=a address=10.1.0.1/24,10.1.0.2/24,10.1.0.3/24,10.1.0.4/24,10.1.0.5/24,10.1.0.6/24,10.1.0.7/24,10.1.0.8/24,10.1.0.9/24|ERANGE|one too many
bridge=a gateway=10.1.0.254|EINVAL|has no address= of its kind beside it
bridge=a $N gateway=fd00::1|EINVAL|has no address= of its kind beside it
bridge=a address=auto|EINVAL|is what a NIC without address= does: leave it out
bridge=a address=dhcp|EINVAL|is nothing that warren asks for: give address=CIDR, or leave it out and run a DHCP client
bridge=a $N gateway=10.1.0.1|EINVAL|its own address
bridge=a $N gateway=10.1.0.2,10.1.0.3|EINVAL|a second one
bridge=a $N gateway=router|EINVAL|is no IPv4 or IPv6 address
user bridge=a|EINVAL|both bridge= and user
user=yes|EINVAL|is no KEY=VALUE
user user|EINVAL|user is there twice
user address=10.1.0.1/24|EINVAL|address= is for a NIC on a bridge
user gateway=10.1.0.1|EINVAL|gateway= is for a NIC on a bridge
user vlan=1|EINVAL|vlan= is for a NIC on a bridge
user antispoof=on|EINVAL|antispoof= is for a NIC on a bridge
bridge=a vlan=0|ERANGE|1..4094
bridge=a vlan=4095|ERANGE|1..4094
bridge=a vlan=x|EINVAL|not a number
bridge=a mtu=67|ERANGE|68..65535
bridge=a mtu=65536|ERANGE|68..65535
bridge=a mtu=99999999999999999999|ERANGE|too large
bridge=a mtu=1279 address=fd00::1/64|ERANGE|too small for IPv6
bridge=a antispoof=yes|EINVAL|give on or off
bridge=a allow=|EINVAL|is no KEY=VALUE
bridge=a allow=dhcp|EINVAL|is neither: give router, dhcp-server, or both
bridge=a allow=router,|EINVAL|is neither
bridge=a allow=Router|EINVAL|is neither
bridge=a allow=router,router|EINVAL|is there twice
bridge=a allow=router allow=dhcp-server|EINVAL|allow= is there twice
bridge=a allow=router antispoof=off|EINVAL|leave one of them out
user allow=router|EINVAL|allow= is for a NIC on a bridge
bridge=all|EINVAL|means something else to the kernel: give another
bridge=default|EINVAL|means something else to the kernel
bridge=bonding_masters|EINVAL|means something else to the kernel
EOF
refused "$A/nic0" 'bridge=a
bridge=b' EINVAL 'more than one line'
is "$(cat "$A/nic0" "$A/nic7" "$A/nic.stat")" 'none
none' 'nothing of that is kept'

# How it is shown: in one form, with a MAC that was made
M='mac=02:00:00:00:00:0a'
accepted "$A/nic7" "mtu=9000 antispoof=off vlan=4094 gateway=fe80::1 address=fd00:0::1/64 address=10.1.0.1/31 $M bridge=b.r-0" \
	"bridge=b.r-0 $M address=fd00::1/64,10.1.0.1/31 gateway=fe80::1 vlan=4094 mtu=9000 antispoof=off"
accepted "$A/nic7" "allow=dhcp-server,router $M bridge=b" "bridge=b $M antispoof=on allow=router,dhcp-server"
is "$(grep nic7 "$A/config")" "nic7=bridge=b $M antispoof=on allow=router,dhcp-server" 'config has it, too'
accepted "$A/nic7" none
is "$(put "$A/nic0" "bridge=wbr0 $N,fd01::1/64 gateway=10.1.0.254,fd01::fe")" ok 'a NIC'
mac=$(field "$A/nic0" mac)
like "$mac" '^.[26ae](:[0-9a-f]{2}){5}$' 'a MAC is made, locally administered'
is "$(grep nic0 "$A/config")" "nic0=bridge=wbr0 $N,fd01::1/64 gateway=10.1.0.254,fd01::fe antispoof=on" \
	'config has it without the MAC, so that a copy gets one of its own'
put "$A/nic0" none >/dev/null
put "$A/nic0" "bridge=wbr0 $N,fd01::1/64 gateway=10.1.0.254,fd01::fe" >/dev/null
is "$(field "$A/nic0" mac)" "$mac" 'the MAC is kept'
kill -9 "$(daemon_pid)"
is "$(field "$A/nic0" mac)" "$mac" 'over a killed daemon, too'
# the last MAC there is: the host's end has another all the same
put "$B/nic0" 'bridge=wbr0 mac=fe:ff:ff:ff:ff:ff address=10.1.0.2/24,fd01::2/64' >/dev/null
put "$C/nic0" 'bridge=wbr1 address=10.1.0.3/24,fd01::3/64' >/dev/null
is "$(links)$(rules)" 'lo ' 'nothing is made before the boot'

# Boot: all is there when init begins
got=$(inside "$A" 'cat /proc/net/route; grep -c . /proc/net/if_inet6; busybox ip addr show eth0')
like "$got" 'UP,LOWER_UP|UP' 'eth0 is up when init begins'
like "$got" 'inet 10.1.0.1/24 brd 10.1.0.255 ' 'with its address'
like "$got" 'inet6 fd01::1/64 ' 'of IPv6, too'
like "$got" '^eth0	00000000	FE00010A' 'and the default route'
is "$(links)$(rules)" 'lo ' 'at the end interface, bridge and rules go'
for z in "$A" "$B" "$C"; do
	put "$z/init" none >/dev/null
	put "$z/ctl" boot >/dev/null || diag "$(cat "$z/error")"
done
is "$(mac_in "$A" eth0)" "$mac" 'the zone has the MAC'
is "$(addrs "$A" eth0)" '10.1.0.1/24 fd01::1/64 ' 'and the addresses'
like "$(in_net "$A" ip -6 route)" '^default via fd01::fe dev eth0' 'and the IPv6 default route'
like "$(in_net "$A" ip -br link show lo)" '^lo .*UP' 'lo is up'
ok 'a reaches b' reaches "$A" 10.1.0.2
ok 'by IPv6' reaches "$A" fd01::2
is "$(key "$A/status" addresses)" 'nic0=10.1.0.1,fd01::1' 'status tells the addresses'
in_net "$A" sh -c 'ip addr add 10.1.0.99/24 dev eth0; ip addr add fd01::99/64 dev eth0 nodad; ip addr add 10.9.9.9/32 dev lo'
put "$A/cpu.shares" 100 >/dev/null # a write has the texts made anew
like "$(key "$A/status" addresses)" '^nic0=10.1.0.1,10.1.0.99,(fd01::1,fd01::99|fd01::99,fd01::1)$' 'and what the zone has given itself'
in_net "$A" sh -c 'ip addr del 10.1.0.99/24 dev eth0; ip addr del fd01::99/64 dev eth0; ip addr del 10.9.9.9/32 dev lo'
ok 'c on another bridge hears nothing of a' deaf "$A" 10.1.0.3
ok 'nor by IPv6' deaf "$A" fd01::3
rx=$(stat_of "$B" nic0 rx_bytes) tx=$(stat_of "$A" nic0 tx_bytes)
in_net "$A" "$BB" ping -q -c 5 -i 0.2 -s 1000 10.1.0.2 >/dev/null
sleep_until_new() { perl -e 'select undef, undef, undef, 0.15'; } # the text's age, see ROW_COUNTER
sleep_until_new
among 5000 $(($(stat_of "$B" nic0 rx_bytes) - rx)) 9000 'nic.stat counts what b receives'
among 5000 $(($(stat_of "$A" nic0 tx_bytes) - tx)) 9000 'and what a sends'
is "$(wc -l <"$A/nic.stat") $(stat_of "$A" nic0 dropped)" '1 0' 'a line for each NIC there is'
bridge_mac=$(cat /proc/net/dev >/dev/null && ip -br link show wbr0 | awk '{ print $3 }')

# Changes while it runs
rules_of() { nft list table netdev "$(ip -o link show master "$1" | sed -n 's/^[0-9]*: \([^@:]*\).*/\1/p' | head -n 1)"; }
is "$(put "$A/nic0" 'bridge=wbr0 address=10.1.0.11/24,fd01::11/64 mtu=1400')" ok 'other addresses'
is "$(addrs "$A" eth0)" '10.1.0.11/24 fd01::11/64 ' 'are there at once, and the old ones gone'
is "$(in_net "$A" ip route | grep -c default)$(in_net "$A" ip -6 route | grep -c '^default via fd')" 00 'and the gateways'
like "$(in_net "$A" ip link show eth0)" 'mtu 1400 ' 'and the MTU'
like "$(ip link show wbr0)" 'mtu 1500 ' 'that of the bridge stays'
is "$(ip -br link show wbr0 | awk '{ print $3 }')" "$bridge_mac" 'and its MAC'
ok 'a still reaches b' reaches "$A" 10.1.0.2
is "$(put "$A/nic0" 'bridge=wbr0 address=10.1.0.11/24 mtu=600') $(addrs "$A" eth0)" 'ok 10.1.0.11/24 ' 'an MTU too small for IPv6'
is "$(put "$A/nic0" 'bridge=wbr0 address=10.1.0.11/24,fd01::11/64') $(addrs "$A" eth0)" 'ok 10.1.0.11/24 fd01::11/64 ' 'and IPv6 again'
is "$(put "$A/nic1" 'bridge=wbr1 address=10.2.0.1/24 gateway=10.2.0.254')" ok 'a second NIC'
is "$(addrs "$A" eth1) $(in_net "$A" ip route | grep default)" \
	'10.2.0.1/24  default via 10.2.0.254 dev eth1 proto static metric 101 onlink ' 'with its address and route'
is "$(cut -d' ' -f1 "$A/nic.stat" | tr '\n' ' ')" 'nic0 nic1 ' 'nic.stat has both'
is "$(put "$A/nic1" 'bridge=wbr0 mac=02:00:00:00:00:77 address=10.3.0.77/24')" ok 'to another bridge, with another MAC'
is "$(mac_in "$A" eth1) $(addrs "$A" eth1)" '02:00:00:00:00:77 10.3.0.77/24 ' 'takes force'
is "$(put "$B/nic0" 'bridge=wbr0 mac=fe:ff:ff:ff:ff:ff address=10.1.0.2/24,fd01::2/64,10.3.0.2/24')" ok 'a third address of b'
is "$(in_net "$A" ip route | grep -c default)" 0 'and takes the route away'
ok 'b hears it there' reaches "$B" 10.3.0.77
is "$(put "$A/nic1" 'bridge=wbr0 mac=02:00:00:00:00:77 address=10.7.0.77/32,fd07::77/128 gateway=10.3.0.2,fd03::2')" ok \
	'gateways outside its addresses, as hosters give them' || diag "$(cat "$A/error")"
like "$(in_net "$A" ip route)" '^default via 10.3.0.2 dev eth1 .*metric 101 onlink' 'are the default routes'
like "$(in_net "$A" ip -6 route)" '^default via fd03::2 dev eth1 .*metric 101 onlink' 'of IPv6, too'
is "$(put "$B/nic0" 'bridge=wbr0 mac=fe:ff:ff:ff:ff:ff address=10.1.0.2/24,fd01::2/64,10.3.0.2/24,10.9.0.9/32 antispoof=off')" ok 'b is a router'
in_net "$B" ip route add 10.7.0.77 dev eth0
ok 'what lies behind it is reached' in_net "$A" "$BB" ping -q -c 1 -W 2 -I 10.7.0.77 10.9.0.9
is "$(put "$A/nic1" 'bridge=wbr0 mac=02:00:00:00:00:77 address=10.3.0.77/24') $(in_net "$A" ip route | grep -c default)" 'ok 0' \
	'and without a gateway they go'
refused "$A/nic1" 'bridge=wbr0 mac=02:00:00:00:00:77 address=10.3.0.77/24,fd07::77/128 gateway=10.3.0.2,fd01::2' EINVAL \
	'its gateway is .* in a network of another NIC'
is "$(in_net "$A" ip route | grep -c default) $(addrs "$A" eth1)" '0 10.3.0.77/24 ' 'and of a refused line nothing stays, no route either'
is "$(put "$A/nic1" none) $(in_net "$A" ip -br link | awk '{ print $1 }' | cut -d@ -f1 | tr '\n' ' ')" 'ok lo eth0 ' 'and it goes'
is "$(key "$A/status" reboot_needed)" '' 'no reboot is needed for any of that'
is "$(put "$A/config" 'nic1=bridge=wbr9
nic2=bridge=lo')" EINVAL 'two at once, of which one is refused'
like "$(cat "$A/error")" '^config: nic2: lo is no bridge .*: give' 'with the reason'
is "$(cat "$A/nic1" "$A/nic2")" 'none
none' 'change nothing'
unlike "$(links)" wbr9 'and leave nothing on the host'
refused "$A/nic0" bridge=lo EINVAL 'lo is no bridge'
is "$(addrs "$A" eth0)" '10.1.0.11/24 fd01::11/64 ' 'a refused change leaves all as it was'
ok 'and working' reaches "$A" fd01::2
if ip link add vtest type bridge vlan_filtering 1 2>/dev/null; then
	ip link set vtest up
	is "$(put "$A/nic3" 'bridge=vtest vlan=7')" ok 'a VLAN'
	like "$(bridge vlan show)" '7 PVID Egress Untagged' 'is the port'\''s'
	put "$A/nic3" none >/dev/null
	ip link del vtest
else
	refused "$A/nic3" 'bridge=wbr0 vlan=7' EOPNOTSUPP 'CONFIG_BRIDGE_VLAN_FILTERING'
	skip 'this kernel has no VLAN filtering' 'a VLAN is the port'\''s'
fi

# A zone that shed its interface gets it back (before Linux 6.2 none that is up can be renamed)
in_net "$A" ip link set eth0 down
in_net "$A" ip link set eth0 name lost0
is "$(put "$A/nic0" 'bridge=wbr0 address=10.1.0.1/24,fd01::1/64') $(addrs "$A" eth0)" 'ok 10.1.0.1/24 fd01::1/64 ' 'an eth0 that was renamed comes again'
ok 'and works' reaches "$A" 10.1.0.2

in_net "$A" ip link set eth0 down
in_net "$A" ip link set eth0 name lost0
in_net "$A" ip link add eth0 type bridge
refused "$A/nic0" 'bridge=wbr0 address=10.1.0.21/24' EEXIST 'has an eth0 of its own already: remove or rename'
is "$(in_net "$A" ip -o link show lost0 | wc -l)" 1 'what it had stays'
in_net "$A" ip link del eth0
is "$(put "$A/nic0" 'bridge=wbr0 address=10.1.0.1/24,fd01::1/64') $(addrs "$A" eth0)" 'ok 10.1.0.1/24 fd01::1/64 ' 'until there is a place for it'

# Over a killed daemon, and a killed helper
kill -9 "$(daemon_pid)"
is "$(cat "$A/state")" running 'the daemon is killed'
ok 'a reaches b' reaches "$A" 10.1.0.2
is "$(put "$A/nic1" 'bridge=wbr0 address=10.1.0.78/24') $(addrs "$A" eth1)" 'ok 10.1.0.78/24 ' 'the next daemon goes on'
# shellcheck disable=SC2046
kill -9 $(helper_pid) && umount -l "$MNT"
gone $(daemon_pid)
ok 'a new mount' mount_tree
ok 'a reaches b still' reaches "$A" fd01::2
is "$(put "$A/nic1" none) $(put "$A/ctl" halt)" 'ok ok' 'and the new helper goes on'
unlike "$(ip -o link)" "warren $CG 1 " 'nothing of a is left'

# A zone that ends while nobody looks, and a NIC that is not in its settings any more: of it there are only the
# rules, which go, too
put "$A/nic1" 'bridge=wbr0 mac=02:00:00:00:0a:01 address=10.1.0.78/24' >/dev/null
put "$A/ctl" boot >/dev/null
settings=$(grep -lx 'set nic1 .*mac=02:00:00:00:0a:01.*' "$TMP/state/objects/"*[0-9])
old="$(daemon_pid) $(helper_pid)" pid=$(pid_of "$A")
# shellcheck disable=SC2086  # two pids
umount "$MNT" && gone $old
kill -9 "$pid" && gone "$pid"
sed -i '/^set nic1 /d' "$settings"
before=$(rules | wc -l)
ok 'a new mount' mount_tree
is "$(ended "$A") $(cat "$A/nic1")" 'killed 9 none' 'finds a zone that has ended'
until_state "$A" halted
is "$((before - $(rules | wc -l)))" 2 'and removes the rules of both its NICs'

# What somebody else has is not touched
ip link add mine type bridge
ip link set mine up
for z in A:1 B:2; do
	eval "put \"\$${z%:*}/nic5\" 'bridge=mine address=10.5.0.${z#*:}/24'" >/dev/null
done
put "$A/ctl" boot >/dev/null
ok 'a bridge that was there serves, too' reaches "$A" 10.5.0.2
ip link set mine mtu 1000
is "$(put "$A/nic5" 'bridge=mine address=10.5.0.11/24') $(addrs "$A" eth5)" 'ok 10.5.0.11/24 ' 'one whose MTU leaves no room for IPv6'
ok 'serves, too' reaches "$A" 10.5.0.2
refused "$A/nic5" 'bridge=mine address=fd05::1/64' EOPNOTSUPP 'there is no IPv6 .*the bridge has less than 1280'
is "$(addrs "$A" eth5)" '10.5.0.11/24 ' 'but IPv4 alone'
put "$A/nic5" none >/dev/null
put "$B/nic5" none >/dev/null
like "$(links)" '(^| )mine ' 'and stays when its last port is gone'
put "$C/ctl" halt >/dev/null
put "$C/nic0" 'bridge=keep address=10.6.0.1/24' >/dev/null
put "$C/ctl" boot >/dev/null
ip addr add 10.6.0.254/24 dev keep
ok 'a bridge of ours that got an address reaches the zone' "$BB" ping -q -c 1 -W 2 10.6.0.1
put "$C/ctl" halt >/dev/null
like "$(links)" '(^| )keep ' 'and stays for its sake'
ip addr del 10.6.0.254/24 dev keep
put "$C/ctl" boot >/dev/null
put "$C/ctl" halt >/dev/null
unlike "$(links)" '(^| )keep ' 'without one it goes'

# Nor what somebody else makes while the zone runs, under the name of an interface that the zone has shed
put "$C/nic0" 'bridge=wbr0 address=10.1.0.3/24' >/dev/null
put "$C/ctl" boot >/dev/null
port=$(ip -o link | sed -n "s/^[0-9]*: \([^@:]*\)@.*alias warren $CG $(key "$C/status" id) nic0\( .*\)*$/\1/p")
in_net "$C" ip link del eth0
ip link add "$port" type veth peer name other
refused "$C/nic0" 'bridge=wbr0 address=10.1.0.33/24' EEXIST "there is a network interface $port on the host that is not the zone's: remove or" ||
	diag "$(links)"
is "$(put "$C/ctl" halt) $(ip -o link show "$port" | wc -l)$(rules | grep -c "$port")" 'ok 10' 'at its end that stays, and the rules go'
is "$(put "$C/ctl" boot) $(cat "$C/state")" 'EIO failed' 'it does not boot'
like "$(cat "$C/error")" "nic0: there is a network interface $port on the host that is not the zone's" 'and says why'
is "$(ip -o link show "$port" | wc -l)" 1 'that stays'
ip link del other
is "$(put "$C/ctl" boot)" ok 'without it it does'
put "$C/ctl" halt >/dev/null

# Names of bridges are the host's: none is made for who is not root
chown 1234 "$C/nic0" "$C/ctl"
is "$(AS=1234 put "$C/nic0" 'bridge=docker9 address=10.1.0.3/24')" EPERM 'an owner who is not root names a bridge that is not there'
like "$(cat "$C/error")" '^nic0: there is no bridge docker9, and one is made for root alone: give one that is there' 'which is said'
is "$(AS=1234 put "$C/nic0" 'bridge=lo')" EINVAL 'or another interface'
like "$(cat "$C/error")" '^nic0: lo is no bridge but another network interface of the host: give' 'which is said, too'
ip link add docker9 type bridge
is "$(AS=1234 put "$C/nic0" 'bridge=docker9 address=10.1.0.3/24')" ok 'one that is there is taken'
ip link del docker9
is "$(put "$C/ctl" boot)" EIO 'where it has gone by the boot none is made for him'
like "$(cat "$C/error")" 'nic0: there is no bridge docker9, and one is made for root alone: give one that is there' 'which is said'
unlike "$(links)" docker9 'and left to others'
remount
is "$(put "$C/ctl" boot)" EIO 'nor after a new mount'
ip link add docker9 type bridge
is "$(AS=1234 put "$C/ctl" boot)" ok 'one that is there serves' || diag "$(cat "$C/error")"
is "$(AS=1234 put "$C/nic0" 'bridge=docker8 address=10.1.0.3/24') $(links | grep -c docker8)" 'EPERM 0' 'while it runs, too'
like "$(cat "$C/error")" '^nic0: there is no bridge docker8' 'with the reason'
put "$C/ctl" halt >/dev/null
ip link del docker9
is "$(put "$C/nic0" 'bridge=docker9 address=10.1.0.3/24') $(put "$C/ctl" boot)" 'ok ok' 'for root it is made'
put "$C/ctl" halt >/dev/null

# Boots that fail leave nothing
before=$(links)$(rules)
put "$C/nic0" 'bridge=fresh address=10.1.0.3/24' >/dev/null
refused "$C/nic1" 'bridge=lo' EINVAL 'lo is no bridge'
put "$C/nic1" 'bridge=bad' >/dev/null
ip link add bad type dummy 2>/dev/null || ip link add bad type veth peer name worse
is "$(put "$C/ctl" boot) $(cat "$C/state")" 'EIO failed' 'a NIC that can not be made: failed'
like "$(cat "$C/error")" 'nic1: bad is no bridge' 'with the reason'
ip link del bad
is "$(links)$(rules)" "$before" 'and nothing is left'
put "$C/nic1" none >/dev/null
put "$C/init" /no/such/program >/dev/null
is "$(put "$C/ctl" boot) $(cat "$C/state")" 'EIO failed' 'an init that is not there: failed'
is "$(links)$(rules)" "$before" 'and nothing is left of its network'

# A zone without a NIC
put "$C/nic0" none >/dev/null
put "$C/init" none >/dev/null
put "$C/ctl" boot >/dev/null
is "$(in_net "$C" ip -br link | awk '{ print $1, $2 }')" 'lo UNKNOWN' 'a zone without a NIC has lo alone, up'
is "$(cat "$C/nic.stat")" '' 'and no counters'

# A VM: a tap on the bridge, which QEMU has
others=$(rules | wc -l)
V=$VMS/v
mkdir "$V"
put "$V/kernel" "$WARREN_BUILD/guests/hello" >/dev/null
put "$V/append" echo >/dev/null
refused "$V/nic0" 'bridge=wbr0 address=10.1.0.4/24 gateway=10.1.0.254' EINVAL 'gateway= is for zones'
refused "$V/nic0" 'bridge=lo' EINVAL 'lo is no bridge'
put "$V/nic0" 'bridge=wbr0 address=10.1.0.4/24' >/dev/null
put "$V/nic3" 'bridge=wbr0 mtu=1400 antispoof=off' >/dev/null
if command -v qemu-system-x86_64 >/dev/null && [ -e /dev/net/tun ]; then
	taps() { ip -o -d link show type tun | grep -c "alias warren $CG "; }
	for m in q35 pc microvm; do
		put "$V/machine" $m >/dev/null
		is "$(put "$V/ctl" boot) $(taps)" 'ok 2' "machine $m: a VM with two NICs" || diag "$(cat "$V/error")"
		put "$V/ctl" halt >/dev/null
	done
	is "$(put "$V/ctl" boot) $(find "/proc/$(pid_of "$V")/fd" -lname '*/net/tun' | wc -l)" 'ok 2' 'QEMU has both taps'
	ip link add gone type bridge
	chown 1234 "$V/nic5"
	is "$(AS=1234 put "$V/nic5" 'bridge=gone')" ok 'a NIC for the next boot'
	ip link del gone
	is "$(put "$V/ctl" reboot) $(cat "$V/state")" 'EIO running' 'whose bridge has gone: a reboot is refused, and the VM runs on'
	like "$(cat "$V/error")" 'nic5: there is no bridge gone' 'with the reason'
	put "$V/nic5" none >/dev/null
	like "$(tr '\0' ' ' <"/proc/$(pid_of "$V")/cmdline")" "mac=$(field "$V/nic0" mac) .*mac=$(field "$V/nic3" mac),host_mtu=1400 " \
		'and their MACs'
	is "$(ip -o link show master wbr0 | grep -c "mtu 1500")" "$(ip -o link show master wbr0 | wc -l)" 'they are ports of the bridge'
	is "$(rules | wc -l)" $((others + 1)) 'with rules where antispoof is on' || diag "$(rules)"
	is "$(cut -d' ' -f1 "$V/nic.stat" | tr '\n' ' ')" 'nic0 nic3 ' 'nic.stat has them'
	back() { timeout 30 sh -c "until [ \$(nft list tables | wc -l) = $((others + 1)) ]; do sleep 0.1; done"; }
	nft flush ruleset
	ok 'rules that somebody takes away come again' back || diag "$(rules)"
	tap=$(ip -o link show type tun | sed -n "s/^[0-9]*: \([^@:]*\):.*alias warren $CG .* nic0\( .*\)*$/\1/p")
	is "$(put "$V/nic3" none) $(key "$V/status" reboot_needed) $(taps)" 'ok nic3 2' 'a change waits for the next boot'
	kill -9 "$(daemon_pid)"
	is "$(cat "$V/state") $(taps)" 'running 2' 'a killed daemon changes nothing'
	nft flush ruleset
	ok 'the next one puts rules back, too' back || diag "$(rules)"
	is "$(cat "$V/state") $(taps)" 'running 2' 'and nothing else'
	is "$(put "$V/ctl" reboot) $(taps)" 'ok 1' 'reboot'
	is "$(put "$V/ctl" halt) $(taps)" 'ok 0' 'at the end they go'
	ip tuntap add dev "$tap" mode tap
	is "$(put "$V/ctl" boot) $(ip -o link show "$tap" | wc -l)" 'EIO 1' 'a tap of that name that is another'\''s stays'
	like "$(cat "$V/error")" "nic0: there is a network interface $tap on the host that is not the zone's: remove" 'and is the reason'
	ip link del "$tap"
	put "$V/kernel" "$TMP/none" >/dev/null
	is "$(put "$V/ctl" boot) $(taps)" 'EIO 0' 'after a boot that failed, too'
else
	skip 'no QEMU, or no /dev/net/tun' 'a VM with NICs'
fi
for z in "$A" "$B" "$C"; do put "$z/ctl" halt >/dev/null; done
ip link del mine

is "$(links)$(rules)" 'lo ' 'in the end nothing is left on the host'
finish
