#!/bin/sh
# A zone with a `user` NIC does not reach what listens on the host, be it at 127.0.0.1 or at an address of the
# host's own: its frames are made by hand, as its own kernel would not send most of them. In a network and with
# a resolv.conf of the test's own.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
BB=$(command -v busybox) || skip_all 'no busybox here'
command -v pasta >/dev/null || skip_all 'no pasta here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
[ "$(id -u)" -eq 0 ] || skip_all 'only root may mount'
ip link set lo up
ip link add out type veth peer name far 2>/dev/null || skip_all 'this kernel has no veth'
CONF=$(mktemp) || exit 1
chmod 644 "$CONF"
mount --bind "$CONF" /etc/resolv.conf && rm "$CONF" || skip_all 'there is no /etc/resolv.conf'
setup
U=$ZONES/u
mkdir "$U"

# The way out, and somebody behind it
unshare -n sleep 300 &
far=$!
while [ "$(readlink "/proc/$far/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do :; done
ip link set far netns "$far"
at_far() { nsenter -t "$far" -n "$@"; }
at_far sh -c 'ip link set lo up; ip link set far up; ip addr add 192.0.2.254/24 dev far
	ip -6 addr add fd00::fe/64 dev far nodad'
ip link set out up
ip addr add 192.0.2.1/24 dev out
ip -6 addr add fd00::1/64 dev out nodad
ip route add default via 192.0.2.254
ip -6 route add default via fd00::fe
echo 0 2147483647 >/proc/sys/net/ipv4/ping_group_range
printf 'nameserver 127.0.0.53\nnameserver ::1\n' >/etc/resolv.conf

# listen READY PORT...: hears all that comes to these ports over TCP and UDP, in groups, too, and pings; prints
# what it heard when a datagram says so. Port 53 answers like a name server that knows one name.
cat >"$TMP/listen" <<'PERL'
use strict;
use Socket qw(:all);
$SIG{ALRM} = sub { print "waited in vain\n"; exit 1 };
alarm 60;
my ($ready, @ports) = @ARGV;
my (%what, %heard);
sub add { my ($s, $name) = @_; $what{fileno $s} = [$s, $name]; }
for my $port (@ports) {
	my @at = $port == 53 ? ('127.0.0.53', '::1') : $port % 2 ? ('127.0.0.1', '::1') : ('0.0.0.0', '::');
	for my $at (@at) {
		my $six = $at =~ /:/;
		my $to = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $at)) : pack_sockaddr_in($port, inet_aton($at));
		for my $kind (SOCK_STREAM, SOCK_DGRAM) {
			socket(my $s, $six ? AF_INET6 : AF_INET, $kind, 0) or die "socket: $!";
			setsockopt $s, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $six;
			setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1;
			bind $s, $to or die "bind $at $port: $!";
			listen $s, 64 if $kind == SOCK_STREAM;
			if ($kind == SOCK_DGRAM && $at eq '0.0.0.0') {
				setsockopt $s, IPPROTO_IP, 35, inet_aton('224.0.0.251') . inet_aton('192.0.2.1');
			} elsif ($kind == SOCK_DGRAM && $at eq '::' && -d '/proc/sys/net/ipv6/conf/out') {
				my ($index) = `ip -o link show out` =~ /^(\d+)/;
				setsockopt $s, IPPROTO_IPV6, 20, inet_pton(AF_INET6, 'ff02::fb') . pack 'i', $index;
			}
			add $s, ($kind == SOCK_STREAM ? 'tcp' : 'udp') . " $port";
		}
	}
}
if (socket my $s, AF_INET, SOCK_RAW, 1) { add $s, 'ping'; }
if (socket my $s, AF_INET6, SOCK_RAW, 58) { add $s, 'ping6'; }
sub names { my ($q) = @_; # 203.0.113.7 for every question of that kind
	my ($id, $question) = (substr($q, 0, 2), substr($q, 12) =~ /^(.*?\0.{4})/s);
	my $a = unpack('n', substr $question, -4, 2) == 1;
	return $id . pack('n5', 0x8180, 1, $a ? 1 : 0, 0, 0) . $question . ($a ? pack('nnnNnC4', 0xc00c, 1, 1, 60, 4, 203, 0, 113, 7) : '');
}
open my $r, '>', $ready; print $r "ready\n"; close $r;
sub take { my ($s, $name) = @_;
	if ($name =~ /^tcp/) {
		accept my $c, $s or return;
		if ($name eq 'tcp 53') {
			sysread $c, my $q, 514;
			my $answer = names substr $q, 2;
			syswrite $c, pack('n', length $answer) . $answer;
			return;
		}
		$heard{$name . (length getpeername $c == 16 ? '' : ' six')} = 1;
		return;
	}
	my $from = recv $s, my $data, 2048, 0;
	return unless defined $from;
	if ($name eq 'udp 53') { send $s, names($data), 0, $from; return; }
	if ($name eq 'ping') { $heard{ping} = 1 if ord(substr $data, 20) == 8; return; }
	if ($name eq 'ping6') { $heard{ping6} = 1 if ord($data) == 128; return; }
	exit if $data eq 'that is all' && print map "$_\n", sort keys %heard;
	$heard{"$name $1"} = 1 if $data =~ /<(.*)>/;
	send $s, "answer", 0, $from;
}
for (;;) {
	my $set = '';
	vec($set, $_, 1) = 1 for keys %what;
	select my $some = $set, undef, undef, undef;
	# what says that it is all comes last
	for (sort { $what{$a}[1] cmp $what{$b}[1] } grep vec($some, $_, 1), keys %what) { take @{$what{$_}} }
}
PERL

# In the zone: frames that try it
cat >"$TMP/frames" <<'PERL'
use strict;
use Socket qw(:all);
socket(my $s, 17, 3, 0x0300) or die "socket: $!";
my $req = pack 'a16 x24', 'eth0';
ioctl $s, 0x8933, $req or die "eth0: $!";
my $index = unpack 'x16 i', $req;
ioctl $s, 0x8927, $req or die "its MAC: $!";
my $mac = substr $req, 18, 6;
my $link = pack 'S n i S C C a8', 17, 0, $index, 0, 0, 0, '';
my %own = (4 => inet_aton('192.0.2.1'), 6 => inet_pton(AF_INET6, 'fd00::1'));
my $port = 20000;
sub sum { my $n = 0; $n += $_ for unpack 'n*', $_[0] . (length($_[0]) % 2 ? "\0" : ''); $n = ($n & 0xffff) + ($n >> 16) for 1, 2; ~$n & 0xffff }
sub packet { my ($to, $proto, $body, $at) = @_;
	my $six = $to =~ /:/;
	my ($from, $dest) = ($own{$six ? 6 : 4}, $six ? inet_pton(AF_INET6, $to) : inet_aton($to));
	my $pseudo = $six ? $from . $dest . pack('NN', length $body, $proto) : $from . $dest . pack('nn', $proto, length $body);
	substr($body, $at, 2) = pack 'n', sum(($proto == 1 ? '' : $pseudo) . $body);
	my $head = $six ? pack('NnCC', 0x60000000, length $body, $proto, 64) . $from . $dest
		: pack('CCnnnCCn', 0x45, 0, 20 + length $body, 1, 0, 64, $proto, 0) . $from . $dest;
	substr($head, 10, 2) = pack 'n', sum $head unless $six;
	send $s, "\x02\0\0\0\0\x99" . $mac . ($six ? "\x86\xdd" : "\x08\0") . $head . $body, 0, $link or die "send: $!";
}
sub tcp { my ($to, $at) = @_; packet $to, 6, pack('nnNNnnnn', ++$port, $at, 1000, 0, 0x5002, 65535, 0, 0), 16 }
sub udp { my ($to, $at, $data) = @_; packet $to, 17, pack('nnnn', ++$port, $at, 8 + length $data, 0) . $data, 6 }
sub ping { my ($to) = @_; packet $to, $to =~ /:/ ? 58 : 1, pack('CCnnn', $to =~ /:/ ? 128 : 8, 0, 0, ++$port, 1), 2 }
my @at = ('127.0.0.1', '127.5.5.5', '0.0.0.0', '192.0.2.1', '::1', '::', '::ffff:127.0.0.1', '::ffff:192.0.2.1', '::ffff:0.0.0.0', 'fd00::1', @ARGV);
for my $at (@at) {
	for my $p (9777, 9778) { tcp $at, $p; udp $at, $p, "<$at>" }
	ping $at;
}
udp $_, 9778, "<$_>" for '224.0.0.251', '255.255.255.255', '192.0.2.255', 'ff02::fb', 'ff02::1', '::ffff:224.0.0.251';
# and what it may
tcp '192.0.2.254', 9778; tcp 'fd00::fe', 9778;
udp '192.0.2.254', 9778, '<far>'; udp 'fd00::fe', 9778, '<far>';
my %answers;
$SIG{ALRM} = sub { print "waited in vain\n"; exit 1 };
alarm 20;
until (keys %answers == 4) {
	recv $s, my $f, 2048, 0;
	my ($type, $body) = (substr($f, 12, 2), substr $f, 14);
	my ($from, $proto, $rest) = $type eq "\x08\0" ? (inet_ntoa(substr $body, 12, 4), ord substr($body, 9, 1), substr $body, 20)
		: $type eq "\x86\xdd" ? (inet_ntop(AF_INET6, substr $body, 8, 16), ord substr($body, 6, 1), substr $body, 40) : next;
	next unless $from =~ /^(192\.0\.2\.254|fd00::fe)$/;
	$answers{"tcp $from"} = 1 if $proto == 6 && (ord(substr $rest, 13, 1) & 0x12) == 0x12;
	$answers{"udp $from"} = 1 if $proto == 17;
}
print "reaches $_\n" for sort keys %answers;
PERL

run() { # COMMAND: in the zone
	mkdir "$U/exec/j" && put "$U/exec/j/cmd" "$1" >/dev/null && timeout 60 cat "$U/exec/j/stdout"
	_said=$(cat "$U/exec/j/stderr")
	[ -z "$_said" ] || diag "$_said"
	rmdir "$U/exec/j"
}
from_zone() { run "perl /root/frames $1"; }
from_guest() { nsenter -t "$(pid_of "$Q")" -n perl "$TMP/frames" "$1"; }
stop() { perl -MSocket -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0); send $s, "that is all", 0, pack_sockaddr_in(9778, inet_aton("127.0.0.1"))'; }
# What the host hears of a zone, with what the zone reaches. COMMAND: runs the frames there
heard() {
	mkfifo "$TMP/ready" "$TMP/ready2"
	perl "$TMP/listen" "$TMP/ready" 53 9777 9778 >"$TMP/heard" &
	_here=$!
	at_far perl "$TMP/listen" "$TMP/ready2" 9778 >"$TMP/far" &
	_there=$!
	read -r _ <"$TMP/ready"
	read -r _ <"$TMP/ready2"
	rm "$TMP/ready" "$TMP/ready2"
	"$@" "$(ip -br -6 addr show dev out | grep -o 'fe80[^/]*')"
	stop
	wait $_here
	cat "$TMP/heard"
	at_far perl -MSocket -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0); send $s, "that is all", 0, pack_sockaddr_in(9778, inet_aton("127.0.0.1"))'
	wait $_there
}
all='reaches tcp 192.0.2.254
reaches tcp fd00::fe
reaches udp 192.0.2.254
reaches udp fd00::fe'

table() { nft list table inet warren-user 2>/dev/null; }
users() { table | tr -d ' \t\n' | sed -n 's/.*setusers{[^}]*elements={\([^}]*\)}.*/\1/p' | tr ',' '\n' | grep -c .; }
boot() { # ZONE
	_r=$(put "$1/ctl" boot)
	[ "$_r" = ok ] || diag "$(cat "$1/error")"
	echo "$_r"
}

put "$U/nic0" user >/dev/null
is "$(table)$(boot "$U")" ok 'a zone'
cp "$TMP/frames" "$TMP/state/roots/$(key "$U/status" id)/root/frames"
is "$(heard from_zone)" "$all" 'reaches what is behind the host, and nothing of the host'
is "$(users)" 1 'one NIC needs the table'
like "$(table)" 'elements = \{ "w[a-z]{3}1\.0" \}' 'and is named there'

# Names
perl "$TMP/listen" "$TMP/listening" 53 9778 >/dev/null &
server=$!
until [ -s "$TMP/listening" ]; do :; done
like "$(run 'i=0; until getent ahostsv4 warren.example || [ $i = 20 ]; do i=$((i + 1)); done')" '^203\.0\.113\.7 ' \
	'the host'\''s name server at 127.0.0.53 answers'
stop
wait $server

# Rules that somebody takes away
back() { timeout 30 sh -c "until nft list chain inet warren-user out 2>/dev/null | grep -q 'skuid .* goto zones'; do sleep 0.1; done"; }
for how in 'flush ruleset' 'delete table inet warren-user' 'flush table inet warren-user' 'flush chain inet warren-user out'; do
	ok "nft $how" nft "$how"
	ok '... they come again' back
	is "$(heard from_zone) $(users)" "$all 1" 'and the zone reaches nothing of the host'
done
old=$(daemon_pid)
kill -9 "$old" && gone "$old"
nft flush ruleset
ok 'as a daemon begins, too' back
same=$(nft -a list ruleset) chain=$(nft -a list chain inet warren-user out)
is "$(put "$U/nic0" user)$(nft -a list ruleset)" "ok$same" 'a line that is written again changes nothing'

is "$(put "$U/ctl" halt)$(table)" ok 'a halt'
timeout 30 sh -c 'until nft list chain inet warren-user out 2>/dev/null | grep -q skuid; do :; done; nft flush ruleset' &
flush=$!
is "$(boot "$U")" ok 'a boot'
wait $flush
ok 'rules that were taken away meanwhile are there' back
is "$(users) $(heard from_zone)" "1 $all" '... and hold'
same=$(nft -a list ruleset) chain=$(nft -a list chain inet warren-user out)

# Others who need it, in another instance, too
V=$ZONES/v W=$TMP/mnt2/zones/w
mkdir "$V" "$TMP/mnt2"
put "$V/nic3" user >/dev/null
is "$(boot "$V") $(users)" 'ok 2' 'a second zone'
is "$(nft -a list chain inet warren-user out)" "$chain" 'leaves the rules as they are'
timeout 30 "$WARREN_BUILD/mount.warren" warren "$TMP/mnt2" -o "state=$TMP/state2,run=$TMP/run2,cgroup=$CG.2" >"$TMP/mount2.out" 2>&1 </dev/null ||
	diag "$(cat "$TMP/mount2.out")"
mkdir "$W"
put "$W/nic0" user >/dev/null
is "$(boot "$W") $(users)" 'ok 3' 'one of another instance'
is "$(put "$V/nic3" none) $(users)" 'ok 2' 'a NIC that goes while its zone runs'
is "$(put "$V/nic3" user) $(users)" 'ok 3' 'and comes again'
is "$(put "$V/ctl" halt) $(put "$U/ctl" halt) $(users)" 'ok ok 1' 'all of the one instance halt: the other has it still'
is "$(boot "$U") $(users) $(heard from_zone)" "ok 2 $all" 'a boot takes it up'
is "$(put "$W/ctl" halt) $(users)" 'ok 1' 'the other'\''s end leaves it'
umount "$TMP/mnt2"
ok 'unmounted' remount
is "$(users) $(heard from_zone)" "1 $all" 'a new mount finds it'
unmount
is "$(users)" 1 'it is there without a tree, as long as the zone is'
ok 'mounted' mount_tree
is "$(put "$U/ctl" halt)$(nft list ruleset)" ok 'at the end it goes'

# Where there is no pasta a NIC stays what it was
put "$V/nic3" 'bridge=wbr0 address=10.1.0.1/24' >/dev/null
is "$(boot "$V")" ok 'a NIC on a bridge'
index() { nsenter -t "$(pid_of "$V")" -n ip -o link show eth3 | cut -d: -f1; }
was=$(index)
mount --bind /dev/null /usr/bin/pasta
refused "$V/nic3" user EOPNOTSUPP 'there is no /usr/bin/pasta: install passt, or give bridge=NAME'
is "$(index)$(table)" "$was" 'it is the same still'
umount /usr/bin/pasta
is "$(put "$V/nic3" user) $(users)" 'ok 1' 'with pasta it changes'
is "$(put "$V/ctl" halt)$(nft list ruleset)" ok 'and goes'
rmdir "$V"

# A guest: its QEMU is behind a pasta, too
Q=$VMS/q
if command -v qemu-system-x86_64 >/dev/null; then
	mkdir "$Q"
	put "$Q/kernel" "$WARREN_BUILD/guests/hello" >/dev/null
	put "$Q/append" echo >/dev/null
	put "$Q/nic0" user >/dev/null
	is "$(boot "$Q") $(users)" 'ok 1' 'a VM'
	is "$(heard from_guest)" "$all" 'reaches nothing of the host, whatever its QEMU sends'
	nft flush ruleset
	ok 'rules that somebody takes away come again' back
	is "$(put "$Q/ctl" halt)$(nft list ruleset)" ok 'at the end they go'
else
	skip 'no QEMU here' 'a VM'
fi
kill $far
finish
