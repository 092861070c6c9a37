#!/bin/sh
# A zone that forges its MAC, its addresses, ARP or neighbour discovery is not heard. It may do all that
# it likes with its interface (+net_admin, net_raw); the frames are made by hand.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
BB=$(command -v busybox) || skip_all 'no busybox here'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
# else it cuts off what is behind a packet's end, where some names are
[ ! -e /proc/sys/net/bridge/bridge-nf-call-ip6tables ] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-ip6tables
setup
A=$ZONES/a B=$ZONES/b
mkdir "$A" "$B"
MAC=02:00:00:00:0a:01
NIC="bridge=wbr0 mac=$MAC"
put "$A/privileges" '+net_admin' >/dev/null
put "$A/nic0" "$NIC address=10.1.0.1/24,fd01::1/64" >/dev/null
put "$B/nic0" 'bridge=wbr0 address=10.1.0.2/24,fd01::2/64' >/dev/null
for z in "$A" "$B"; do put "$z/ctl" boot >/dev/null || diag "$(cat "$z/error")"; done

cat >"$TMP/state/roots/1/root/send" <<'PERL'
# Sends frames of all sorts, each with its name in it; the names say which may pass.
use strict;
sub mac { pack 'H12', $_[0] =~ s/://gr }
sub ip { pack 'C4', split /\./, $_[0] }
sub ip6 { my ($net, $last) = @_; pack 'n7 n', $net, 0, 0, 0, 0, 0, 0, $last }
my $own = mac('02:00:00:00:0a:01'), my $other = mac('02:00:00:00:0a:66');
my ($ip, $victim) = (ip('10.1.0.1'), ip('10.1.0.66'));
my ($six, $victim6) = (ip6(0xfd01, 1), ip6(0xfd01, 0x66));
my $ll = pack 'H*', 'fe80000000000000000000fffe000a01';
my $all6 = pack 'H*', 'ff020000000000000000000000000001';
my $none6 = "\0" x 16;
socket(my $s, 17, 3, 0x0300) or die "socket: $!";
my $req = pack 'a16 x24', 'eth0';
ioctl $s, 0x8933, $req or die "eth0: $!";
my $to = pack 'S n i S C C a8', 17, 0, unpack('x16 i', $req), 0, 0, 0, '';
sub frame { my ($name, $from, $type, $rest) = @_;
	my $f = "\xff" x 6 . $from . $type . $rest . pack 'a32', "<$name>";
	defined send $s, $f, 0, $to or warn "$name: $!\n" }
sub v4 { my ($from, $body, $proto, $at) = @_; # the bridge looks at the checksum
	$body //= pack 'n4', 9, 9, 40, 0;
	my @h = unpack 'n10', pack('CCnnnCCn', 0x45, 0, 60, 1, $at // 0, 64, $proto // 17, 0) . $from . "\xff" x 4;
	my $sum = 0; $sum += $_ for @h; $sum = ($sum & 0xffff) + ($sum >> 16) for 1, 2;
	$h[5] = ~$sum & 0xffff;
	pack('n10', @h) . $body }
sub v6 { my ($from, $next, $body) = @_; pack('NnCC', 0x60000000, length($body) + 32, $next, 255) . $from . $all6 . $body }
sub arp { my ($op, $mac, $sender, $target) = @_; pack('nnCCn', 1, 0x800, 6, 4, $op) . $mac . $sender . "\0" x 6 . $target }
# length: of the packet; what frame() adds is behind its end
sub v6cut { my ($from, $next, $body) = @_; pack('NnCC', 0x60000000, length($body), $next, 255) . $from . $all6 . $body }
sub part { my ($next, $at, $body) = @_; pack('CCnN', $next, 0, $at, 7) . $body } # an IPv6 fragment; $at 1: more comes
sub udp { my ($from, $to) = @_; pack 'n4', $from, $to, 40, 0 }
sub icmp { my ($type) = @_; pack 'CCnN', $type, 1, 0, 0 }
sub nd { my ($type, $target) = @_; pack('CCnN', $type, 0, 0, 0x60000000) . $target }
my ($IP, $ARP, $IP6) = ("\x08\x00", "\x08\x06", "\x86\xdd");
frame 'good-ip', $own, $IP, v4($ip);
frame 'bad-mac', $other, $IP, v4($ip);
frame 'any-ip', $own, $IP, v4($victim);
frame 'any-broadcast', $own, $IP, v4("\xff" x 4);
frame 'good-arp', $own, $ARP, arp(2, $own, $ip, $victim);
frame 'good-arp-probe', $own, $ARP, arp(1, $own, "\0" x 4, $ip);
frame 'any-arp', $own, $ARP, arp(2, $own, $victim, $ip);
frame 'any-arp-request', $own, $ARP, arp(1, $own, $victim, $ip);
frame 'any-arp-probe', $own, $ARP, arp(1, $own, "\0" x 4, $victim);
frame 'bad-arp-mac', $own, $ARP, arp(2, $other, $ip, $victim);
frame 'bad-arp-kind', $own, $ARP, pack('nnCCn', 1, 0x800, 8, 4, 2) . $own . $victim;
frame 'good-ip6', $own, $IP6, v6($six, 17, pack 'n4', 9, 9, 40, 0);
frame 'good-ip6-local', $own, $IP6, v6($ll, 17, pack 'n4', 9, 9, 40, 0);
frame 'any-ip6', $own, $IP6, v6($victim6, 17, pack 'n4', 9, 9, 40, 0);
frame 'any-ip6-nobody', $own, $IP6, v6($none6, 17, pack 'n4', 9, 9, 40, 0);
frame 'bad-ip6-mac', $other, $IP6, v6($six, 17, pack 'n4', 9, 9, 40, 0);
frame 'good-nd-tell', $own, $IP6, v6($six, 58, nd(136, $six));
frame 'good-nd-tell-local', $own, $IP6, v6($ll, 58, nd(136, $ll));
frame 'any-nd-tell', $own, $IP6, v6($six, 58, nd(136, $victim6));
frame 'any-nd-tell-behind', $own, $IP6, v6($six, 60, pack('CC', 58, 0) . "\1\4\0\0\0\0" . nd(136, $victim6));
frame 'good-nd-look', $own, $IP6, v6($six, 58, nd(135, $victim6));
frame 'good-nd-mine', $own, $IP6, v6($none6, 58, nd(135, $six));
frame 'any-nd-yours', $own, $IP6, v6($none6, 58, nd(135, $victim6));
frame 'router-advertises', $own, $IP6, v6($ll, 58, nd(134, $none6));
frame 'router-advertises-behind', $own, $IP6, v6($ll, 60, pack('CC', 58, 0) . "\1\4\0\0\0\0" . nd(134, $none6));
frame 'router-redirects', $own, $IP6, v6($ll, 58, nd(137, $victim6));
frame 'router-redirects-ip', $own, $IP, v4($ip, icmp(5), 1);
frame 'router-advertises-ip', $own, $IP, v4($ip, icmp(9), 1);
frame 'good-ping', $own, $IP, v4($ip, icmp(8), 1);
frame 'good-dhcp-discover', $own, $IP, v4("\0" x 4, udp(68, 67));
frame 'good-dhcp-renew', $own, $IP, v4($ip, udp(68, 67));
frame 'any-dhcp-renew', $own, $IP, v4($victim, udp(68, 67));
frame 'any-dhcp-fragment', $own, $IP, v4("\0" x 4, udp(68, 67), 17, 1);
frame 'good-fragment-ip', $own, $IP, v4($ip, udp(67, 68), 17, 1);
frame 'server-dhcp', $own, $IP, v4($ip, udp(67, 68));
frame 'server-dhcp-fragment', $own, $IP, v4($ip, udp(67, 68), 17, 0x2000);
frame 'server-dhcp-other-port', $own, $IP, v4($ip, udp(5000, 68));
frame 'server-dhcp-relay', $own, $IP, v4($ip, udp(67, 67));
frame 'server-dhcp-to-relay', $own, $IP, v4($ip, udp(5000, 67));
frame 'good-dhcp6-solicit', $own, $IP6, v6($ll, 17, udp(546, 547));
frame 'server-dhcp6', $own, $IP6, v6($ll, 17, udp(547, 546));
frame 'server-dhcp6-behind', $own, $IP6, v6($ll, 60, pack('CC', 17, 0) . "\1\4\0\0\0\0" . udp(547, 546));
frame 'server-dhcp6-fragment', $own, $IP6, v6($ll, 44, part(17, 1, udp(547, 546)));
frame 'server-dhcp6-other-port', $own, $IP6, v6($ll, 17, udp(5000, 546));
frame 'server-dhcp6-relay', $own, $IP6, v6($six, 17, udp(547, 547));
frame 'server-dhcp6-to-relay', $own, $IP6, v6($six, 17, udp(5000, 547));
frame 'good-fragment', $own, $IP6, v6($six, 44, part(17, 1, udp(9, 9)));
frame 'good-fragment-later', $own, $IP6, v6($six, 44, part(17, 8, udp(547, 546)));
frame 'good-fragment-ping', $own, $IP6, v6($six, 44, part(58, 1, icmp(128)));
frame 'any-fragment', $own, $IP6, v6($victim6, 44, part(17, 1, udp(9, 9)));
frame 'any-fragment-later', $own, $IP6, v6($victim6, 44, part(58, 8, nd(136, $six)));
frame 'bad-fragment-nd-tell', $own, $IP6, v6($six, 44, part(58, 1, nd(136, $six)));
frame 'bad-fragment-nd-whole', $own, $IP6, v6($six, 44, part(58, 0, nd(136, $six)));
frame 'bad-fragment-nd-cut', $own, $IP6, v6cut($six, 44, part(58, 1, pack 'CCnN', 136, 0, 0, 0x60000000));
frame 'bad-fragment-router', $own, $IP6, v6($ll, 44, part(58, 1, nd(134, $none6)));
frame 'bad-fragment-empty', $own, $IP6, v6cut($ll, 44, part(58, 1, ''));
frame 'bad-fragment-headers', $own, $IP6, v6cut($ll, 44, part(60, 1, "\x3c\0\1\4\0\0\0\0")) . "\6\0\1\4\0\0\0\0";
frame 'bad-fragment-behind', $own, $IP6, v6($six, 60, "\x2c\0\1\4\0\0\0\0" . part(58, 1, icmp(128)));
frame 'bad-fragment-twice', $own, $IP6, v6($six, 44, part(44, 0, part(58, 1, icmp(128))));
frame 'bad-vlan-twice', $own, "\x81\0\0\7\x81\0\0\7" . $IP, v4($ip);
frame 'bad-service-vlan-twice', $own, "\x88\xa8\0\7\x81\0\0\7" . $IP, v4($ip);
frame 'bad-vlan-arp', $own, "\x81\0\0\7" . $ARP, arp(2, $own, $ip, $victim);
frame 'bad-vlan-router', $own, "\x81\0\0\0" . $IP6, v6($ll, 58, nd(134, $none6));
frame 'good-mld', $own, $IP6, v6($none6, 0, pack('CC', 58, 0) . "\5\2\0\0\1\0" . pack('CCnnn', 143, 0, 0, 0, 0));
frame 'bad-vlan', $own, "\x81\0\0\7" . $IP, v4($ip);
frame 'bad-service-vlan', $own, "\x88\xa8\0\7" . $IP, v4($ip);
frame 'bad-type', $own, "\x88\xb5", 'x' x 40;
frame 'bad-spanning-tree', $own, "\0\x26", "\x42\x42\3" . 'x' x 35;
frame 'the-end', $own, $IP, v4($ip);
PERL

# What b hears of them, until the last
heard() {
	mkfifo "$TMP/ready"
	nsenter -t "$(pid_of "$B")" -n perl -e '
		socket(my $s, 17, 3, 0x0300) or die "socket: $!";
		open my $r, ">", shift; print $r "ready\n"; close $r;
		$SIG{ALRM} = sub { print "waited in vain"; exit 1 }; alarm 20;
		my %seen;
		while (defined recv $s, my $f, 2048, 0) {
			$f =~ /<([a-z0-9-]+)>/ or next;
			last if $1 eq "the-end";
			$seen{$1} = 1;
		}
		print "$_\n" for sort keys %seen' "$TMP/ready" >"$TMP/heard" &
	read -r _ <"$TMP/ready"
	rm "$TMP/ready"
	mkdir "$A/exec/j" && put "$A/exec/j/cmd" 'perl /root/send' >/dev/null && timeout 20 cat "$A/exec/j/wait" >/dev/null
	_said=$(cat "$A/exec/j/stderr")
	[ -z "$_said" ] || diag "$_said"
	rmdir "$A/exec/j"
	wait $!
	cat "$TMP/heard"
}
sent() { sed -n "s/^frame '\($1-[a-z0-9-]*\)'.*/\1/p" "$TMP/state/roots/1/root/send" | sort; }

is "$(heard)" "$(sent good)" 'of a zone that forges only what is its own is heard'
is "$(put "$A/nic0" "$NIC address=10.1.0.1/24")" ok 'with an address of IPv4 alone'
is "$(heard)" "$(sent good | grep -Ev '^good-(ip6|nd-tell|nd-mine|nd-look|fragment|fragment-later|fragment-ping)$')" 'of IPv6 only the link-local one is its own'
is "$(put "$A/nic0" "$NIC")" ok 'without an address'
is "$(heard)" "$(sent '\(good\|any\)')" 'any address is, but no other MAC, router or server'
is "$(put "$A/nic0" "$NIC allow=router,dhcp-server")" ok 'allow=router,dhcp-server'
is "$(heard)" "$(sent '\(good\|any\|router\|server\)')" 'those, too'
is "$(put "$A/nic0" "$NIC allow=dhcp-server")" ok 'allow=dhcp-server'
is "$(heard)" "$(sent '\(good\|any\|server\)')" 'the one'
both='address=10.1.0.1/24,fd01::1/64'
is "$(put "$A/nic0" "$NIC $both allow=router")" ok 'with addresses, allow=router'
is "$(heard)" "$(sent '\(good\|router\)')" 'the other, from its own addresses'
is "$(put "$A/nic0" "$NIC $both allow=dhcp-server,router")" ok 'and both'
is "$(heard)" "$(sent '\(good\|router\|server\)')" 'are heard'
is "$(tr ' ' '\n' <"$A/nic0" | grep allow)" allow=router,dhcp-server 'it is shown'
is "$(put "$A/nic0" "$NIC antispoof=off")" ok 'antispoof=off'
is "$(heard)" "$(sent '\(good\|any\|bad\|router\|server\)')" 'all of it is heard, so the test hears'
is "$(put "$A/nic0" "$NIC address=10.1.0.1/24,fd01::1/64")" ok 'and on again'
is "$(heard)" "$(sent good)" 'only its own is heard'
kill -9 "$(daemon_pid)"
is "$(cat "$A/state") $(heard)" "running $(sent good)" 'over a killed daemon, too'

# The host's administrator takes the rules away
port=$(ip -o link show master wbr0 | sed -n 's/^[0-9]*: \([^@:]*1\.0\)@.*/\1/p')
back() { timeout 30 sh -c "until nft list chain netdev $1 out 2>/dev/null | grep -q 'policy drop'; do sleep 0.1; done"; }
for how in 'flush ruleset' "delete table netdev $port" "flush table netdev $port; delete chain netdev $port out"; do
	ok "nft $how" nft "$how"
	ok '... they come again' back "$port"
	is "$(heard)" "$(sent good)" 'and nothing else is heard'
done
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
nft flush ruleset
ok 'as a daemon begins, too' back "$port"
i=0
while [ $i -lt 20 ]; do nft flush ruleset; i=$((i + 1)); done
ok 'over and over' back "$port"
same="$NIC address=10.1.0.1/24,fd01::1/64"
is "$(put "$A/nic0" "$NIC antispoof=off")$(nft list table netdev "$port" 2>/dev/null)" ok 'antispoof=off takes them away for good'
is "$(put "$A/nic0" "$same") $(heard)" "ok $(sent good)" 'and on brings them'
is "$(put "$B/ctl" halt)$(nft list tables | grep -c 2.0) $(put "$B/ctl" boot)" 'ok0 ok' 'so does a halt'

# By ordinary means, from inside
run() { # COMMAND: in the zone; how it ended
	mkdir "$A/exec/j" && put "$A/exec/j/cmd" "$1" >/dev/null && timeout 20 cat "$A/exec/j/wait"
	rmdir "$A/exec/j"
}
ping="$BB ping -q -c 1 -W 1"
is "$(run "$ping 10.1.0.2 && $ping fd01::2")" 'exited 0' 'the zone reaches b'
is "$(run "ip link set eth0 address 02:00:00:00:0a:66 && { $ping 10.1.0.2 || $ping fd01::2; }")" 'exited 1' 'with another MAC it does not'
is "$(run "ip link set eth0 address $MAC && $ping 10.1.0.2")" 'exited 0' 'with its own it does again'
is "$(run "ip addr add 10.1.0.66/24 dev eth0 && $ping -I 10.1.0.66 10.1.0.2")" 'exited 1' 'nor with another address'
is "$(run "ip -6 addr add fd01::66/64 dev eth0 nodad && $ping -I fd01::66 fd01::2")" 'exited 1' 'of IPv6'
is "$(run "$ping -I 10.1.0.1 10.1.0.2")" 'exited 0' 'with its own it does'
is "$(run 'ip link set eth0 mtu 68; ip link set eth0 down; ip link set eth0 promisc on')" 'exited 0' 'a zone that spoils its interface'
is "$(ip -o link show wbr0 | grep -o 'mtu [0-9]*')" 'mtu 1500' 'does nothing to the bridge'
is "$(run 'ip link del eth0')$(cat "$A/nic.stat")" 'exited 0' 'and one that deletes it has none'
is "$(put "$A/nic0" "$same") $(run "$ping 10.1.0.2 && $ping fd01::2")" 'ok exited 0' 'until its line is written again'
finish
