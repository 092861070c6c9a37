#!/bin/sh
# NICs without a bridge: `user`, by way of pasta. In a network namespace of the test's own.
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
U=$ZONES/u V=$VMS/v
mkdir "$U"
pastas() { # those that serve a zone of ours
	for _p in $(find /sys/fs/cgroup -path "*/$CG/*" -name cgroup.procs -exec cat {} + | sort -u); do
		tr '\0' ' ' <"/proc/$_p/cmdline" | grep '^[^ ]*pasta'
	done
}

if [ -x /usr/bin/pasta ]; then
	accepted "$U/nic1" 'user mac=02:00:00:00:0b:01' 'user mac=02:00:00:00:0b:01'
	refused "$U/nic2" user EINVAL 'nic1 is user already'
	put "$U/nic1" none >/dev/null
	put "$U/nic0" 'user mtu=1400' >/dev/null
	umac=$(field "$U/nic0" mac)
fi
if ! [ -x /usr/bin/pasta ]; then
	refused "$U/nic0" user EOPNOTSUPP 'there is no /usr/bin/pasta: install passt, or give bridge=NAME'
	skip 'no pasta' 'a NIC without a bridge'
elif ! [ -e /dev/net/tun ]; then
	is "$(put "$U/ctl" boot)" EIO 'without tun a boot says so'
	like "$(cat "$U/error")" 'there is no /dev/net/tun: modprobe tun' 'and what would help'
	skip 'no /dev/net/tun' 'a NIC without a bridge'
else
	is "$(put "$U/ctl" boot)$(pastas)" EOPNOTSUPP 'a host without a way out: refused' || diag "$(cat "$U/error")"
	like "$(cat "$U/error")" '^ctl: boot: nic0: the host has no way out: give it a default route ' 'in our words, not those of pasta'
	way_out
	echo hello >"$TMP/word"
	nsenter -t "$far" -n "$BB" nc -ll -p 7000 -e cat "$TMP/word" &
	server=$!
	asks() { # ZONE
		mkdir "$1/exec/j" && put "$1/exec/j/cmd" "i=0; until busybox nc -w 2 192.0.2.254 7000 || [ \$i = 20 ]; do i=\$((i + 1)); done" >/dev/null
		timeout 60 cat "$1/exec/j/stdout"
		rmdir "$1/exec/j"
	}
	is "$(put "$U/ctl" boot)" ok 'a NIC without a bridge' || diag "$(cat "$U/error")"
	is "$(mac_in "$U" eth0)" "$umac" 'has its MAC'
	like "$(in_net "$U" ip link show eth0)" 'mtu 1400 ' 'and its MTU'
	like "$(in_net "$U" ip route)" '^default ' 'and a way out'
	is "$(asks "$U")" hello 'by which the zone gets an answer'
	put "$U/nic1" 'bridge=wbr0 address=10.1.0.8/24 gateway=10.1.0.254' >/dev/null
	is "$(in_net "$U" ip route | sed -n 's/^default via \([^ ]* dev [^ ]*\) .*/\1/p' | tr '\n' ' ')" '192.0.2.254 dev eth0 10.1.0.254 dev eth1 ' \
		'the way of nic0 comes before that of nic1'
	put "$U/nic0" none >/dev/null
	put "$U/nic1" none >/dev/null
	put "$U/nic1" "user mac=$umac" >/dev/null
	put "$U/nic0" 'bridge=wbr0 address=10.1.0.8/24 gateway=10.1.0.254' >/dev/null
	is "$(in_net "$U" ip route | sed -n 's/^default via \([^ ]* dev [^ ]*\) .*/\1/p' | tr '\n' ' ')" '10.1.0.254 dev eth0 192.0.2.254 dev eth1 ' \
		'also where that is on a bridge, and nic1 is user'
	put "$U/nic1" none >/dev/null
	put "$U/nic0" none >/dev/null
	put "$U/nic0" 'user mtu=1400' >/dev/null
	is "$(asks "$U")" hello 'and all is as it was'
	like "$(pastas)" "^[^ ]*pasta .* $(pid_of "$U") " 'pasta serves it, in its control groups'
	is "$(wc -l <"$U/procs")" 1 'procs does not show it'
	among 5 "$(stat_of "$U" nic0 rx_packets)" 500 'nic.stat counts'
	kill -9 "$(daemon_pid)"
	is "$(cat "$U/state") $(asks "$U")" 'running hello' 'it goes on over a killed daemon'
	is "$(put "$U/nic0" 'user mtu=1300') $(asks "$U")" 'ok hello' 'a change' || diag "$(cat "$U/error")"
	like "$(in_net "$U" ip link show eth0)" 'mtu 1300 ' 'takes force'
	is "$(put "$U/nic0" 'bridge=wbr0 address=10.1.0.9/24') $(addrs "$U" eth0)" 'ok 10.1.0.9/24 ' 'onto a bridge' || diag "$(cat "$U/error")"
	is "$(put "$U/nic0" user) $(asks "$U") $(links)" 'ok hello lo out ' 'and back' || diag "$(cat "$U/error")"
	# as where the daemon dies between a change and its saving
	settings=$(grep -lx 'set nic0 user.*' "$TMP/state/objects/"*[0-9])
	old="$(daemon_pid) $(helper_pid)"
	# shellcheck disable=SC2086  # two pids
	unmount && gone $old
	sed -i 's/^set nic0 user.*/set nic0 bridge=wbr0 address=10.1.0.9\/24/' "$settings"
	mount_tree
	i=0
	until [ "$(addrs "$U" eth0)" = '10.1.0.9/24 ' ] || [ $i = 2000 ]; do i=$((i + 1)); done
	is "$(addrs "$U" eth0)$(pastas)" '10.1.0.9/24 ' 'a daemon that finds another in force puts the one from its settings in force'
	put "$U/nic0" user >/dev/null
	is "$(put "$U/nic0" none) $(in_net "$U" ip -o link | wc -l)" 'ok 1' 'it goes'
	put "$U/nic0" user >/dev/null
	is "$(put "$U/ctl" halt)$(pastas)" ok 'at the end pasta goes, too'
	is "$(put "$U/ctl" boot) $(pastas | wc -l)" 'ok 1' 'once more'
	pid=$(pid_of "$U") old="$(daemon_pid) $(helper_pid)"
	served=$(for p in $(find /sys/fs/cgroup -path "*/$CG/*" -name cgroup.procs -exec cat {} + | sort -u); do
		[ "$p" = "$pid" ] || echo "$p"
	done)
	# shellcheck disable=SC2086  # two pids
	unmount && gone $old
	kill -9 "$pid"
	# shellcheck disable=SC2086  # several pids
	ok 'without a daemon pasta ends with its zone, too' gone $served || diag "$(pastas)"
	mount_tree
	if command -v qemu-system-x86_64 >/dev/null; then
		mkdir "$V"
		put "$V/config" "machine=microvm
kernel=$WARREN_BUILD/guests/hello
append=echo" >/dev/null
		refused "$V/nic0" 'user publish=[::1]:8080:80' EINVAL "leads to the guest's IPv4 address"
		put "$V/nic0" 'user publish=8080:80,8080:53/udp' >/dev/null
		is "$(put "$V/ctl" boot) $(pastas | wc -l)" 'ok 1' 'a VM with a NIC without a bridge' || diag "$(cat "$V/error")"
		like "$(tr '\0' ' ' <"/proc/$(pid_of "$V")/cmdline")" ' user,id=user0,hostfwd=tcp::20000-:80,hostfwd=udp::20001-:53 ' 'QEMU leads what is published on'
		like "$(pastas)" ' -t 8080:20000 -u 8080:20001 ' 'from where pasta leads it'
		like "$(cat "$V/nic0")" ' publish=8080:80,8080:53/udp$' 'as the line says'
		is "$(cat "/proc/$(pid_of "$V")/root/etc/resolv.conf")" 'nameserver 169.254.1.53' 'QEMU looks names up by way of pasta'
		is "$(wc -l <"$V/procs") $(put "$V/ctl" halt)$(pastas)" '1 ok' 'and it goes, too'
	fi
	kill $server $far
	ip link del out
fi
is "$(links)$(rules)" 'lo ' 'in the end nothing is left on the host'
finish
