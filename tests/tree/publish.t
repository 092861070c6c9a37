#!/bin/sh
# Ports of the host that a `user` NIC publishes lead into the zone: from another machine, from the host itself,
# and while it runs. In a network of the test's own.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$HERE/net.inc"
BB=$(command -v busybox) || skip_all 'no busybox here'
command -v pasta >/dev/null || skip_all 'no pasta here'
[ -e /dev/net/tun ] || skip_all 'no /dev/net/tun'
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
U=$ZONES/u
mkdir "$U" "$ZONES/v"
way_out

# What is refused
while IFS='|' read -r value errno why; do
	refused "$U/nic0" "$value" "$errno" "$why"
done <<'END'
user publish=80|EINVAL|publish=80 is no \[ADDRESS:\]HOSTPORT:PORT\[/udp\]: give it as 8080:80,
user publish=a:80|EINVAL|is no
user publish=80:|EINVAL|is no
user publish=:80|EINVAL|is no
user publish=8080:80/tcp|EINVAL|is no
user publish=8080:80/|EINVAL|is no
user publish=1.2.3:8080:80|EINVAL|is no
user publish=fe80::1:8080:80|EINVAL|is no
user publish=[::1]8080:80|EINVAL|is no
user publish=[::1:8080:80|EINVAL|is no
user publish=8080:80,|EINVAL|publish= is no
user publish=0:80|ERANGE|outside the limits: give 1..65535
user publish=8080:65536|ERANGE|outside the limits
user publish=8080:99999999999999999999|EINVAL|is no
user publish=8080:80,8080:81|EINVAL|there already: give each once
user publish=8080:80 publish=127.0.0.1:8080:81|EINVAL|there already
user publish=0.0.0.0:8080:80,127.0.0.1:8080:81|EINVAL|there already
user publish=[::1]:8080:80,[::]:8080:81|EINVAL|there already
user publish=1:1,2:1,3:1,4:1,5:1,6:1,7:1,8:1,9:1,10:1,11:1,12:1,13:1,14:1,15:1,16:1,17:1|ERANGE|one too many: give at most 16
bridge=b publish=8080:80|EINVAL|publish= is for a NIC with user
END
M=mac=02:00:00:00:0c:01
accepted "$U/nic0" "publish=8080:80 $M publish=127.0.0.1:8081:80/udp,[0:0::1]:8081:80 user" \
	"user $M publish=8080:80,127.0.0.1:8081:80/udp,[::1]:8081:80"
accepted "$U/nic0" "user $M publish=127.0.0.1:8080:80,192.0.2.1:8080:80,8080:80/udp"
like "$(cat "$U/config")" "^nic0=user $M publish=127.0.0.1:8080:80,192.0.2.1:8080:80,8080:80/udp" 'config has it'

# A zone with a service
serve() { # ZONE WORD
	put "$1/init" "/bin/sh -c 'echo hello from $2 >/tmp/word; busybox nc -ll -p 80 -e cat /tmp/word & busybox nc -ll -p 81 -e cat /tmp/word'" >/dev/null
}
asks() { # ADDRESS PORT [COMMAND...]: what is said there
	_a=$1 _p=$2 && shift 2
	timeout 30 "$@" sh -c 'i=0; until said=$('"$BB"' nc -w 2 "$1" "$2" </dev/null) && [ -n "$said" ] || [ $i = 20 ]; do i=$((i + 1)); done; echo "$said"' - "$_a" "$_p"
}
silent() { ! timeout 30 "$BB" nc -w 1 "$1" "$2" </dev/null >/dev/null 2>&1; }
serve "$U" u
put "$U/nic0" "user $M publish=8080:80" >/dev/null
is "$(put "$U/ctl" boot)" ok 'a zone boots' || diag "$(cat "$U/error")"
is "$(asks 192.0.2.1 8080 nsenter -t "$far" -n)" 'hello from u' 'another machine reaches it'
is "$(asks 127.0.0.1 8080)" 'hello from u' 'so does the host at 127.0.0.1'
is "$(asks 192.0.2.1 8080)" 'hello from u' 'and at its own address'

# While it runs
is "$(put "$U/nic0" "user $M publish=8081:81,8080:80")" ok 'another port, and the old one' || diag "$(cat "$U/error")"
is "$(asks 127.0.0.1 8080) $(asks 127.0.0.1 8081)" 'hello from u hello from u' 'both lead there'
is "$(put "$U/nic0" "user $M publish=192.0.2.1:8082:81")" ok 'at one address'
is "$(asks 192.0.2.1 8082)" 'hello from u' 'it does there'
ok 'and not elsewhere' silent 127.0.0.1 8082
ok 'those of before are closed' silent 127.0.0.1 8080
"$BB" nc -ll -p 9000 -e echo other &
other=$!
until silent 127.0.0.1 9000 || [ "$(asks 127.0.0.1 9000)" = other ]; do :; done
refused "$U/nic0" "user $M publish=9000:80" EEXIST "port 9000 of the host is another program's: give another" || diag "$(cat "$U/error")"
refused "$U/nic0" "user $M publish=192.0.2.77:9001:80" EINVAL 'the host has no such address for port 9001: give'
is "$(asks 192.0.2.1 8082)" 'hello from u' 'a refused line leaves all as it was'

# Somebody has the port at an address that pasta had not
mkfifo "$TMP/ready"
holds() { # ADDRESS PORT: until $third is killed
	perl -MIO::Socket::IP -e '$| = 1; my $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => $ARGV[1], Listen => 1) or print "$@\n";
		print "holds\n"; close STDOUT; sleep 300' "$@" >"$TMP/ready" &
	third=$!
	is "$(cat "$TMP/ready")" holds "a program has port $2 at $1"
}
holds 127.0.0.7 8082
for ports in 127.0.0.7:8082:81 8082:81 0.0.0.0:8082:81 192.0.2.1:8082:81,127.0.0.7:8082:81; do
	refused "$U/nic0" "user $M publish=$ports" EEXIST "port 8082 of the host is another program's: give another" || diag "$(cat "$U/error")"
done
is "$(asks 192.0.2.1 8082)" 'hello from u' 'what it published leads there still'
kill $third && gone $third
holds ::1 9002
refused "$U/nic0" "user $M publish=9002:80" EEXIST 'port 9002 of the host' || diag "$(cat "$U/error")"
kill $third && gone $third

is "$(put "$U/nic0" "user $M publish=192.0.2.1:5353:53/udp")" ok 'a port of UDP'
mkdir "$U/exec/udp"
put "$U/exec/udp/cmd" 'perl -MIO::Socket::INET -e '\''my $s = IO::Socket::INET->new(LocalPort => 53, Proto => "udp") or die;
	$| = 1; print "ready\n"; while ($s->recv(my $q, 99)) { $s->send("heard $q") }'\' >/dev/null
head -n 1 "$U/exec/udp/stdout" >/dev/null
is "$(at_far timeout 60 perl -MSocket -e '
	socket(my $s, AF_INET, SOCK_DGRAM, 0) or die;
	setsockopt $s, SOL_SOCKET, SO_RCVTIMEO, pack("q q", 2, 0);
	my ($a, $to) = ("", pack_sockaddr_in(5353, inet_aton("192.0.2.1")));
	for (1 .. 20) { send $s, "word", 0, $to; last if defined(my $from = recv $s, $a, 99, 0) }
	print $a')" 'heard word' 'leads there, too'
rmdir "$U/exec/udp"

# Low ports are root's
is "$(put "$U/nic0" "user $M publish=80:80") $(asks 127.0.0.1 80)" 'ok hello from u' 'root publishes a port below 1024' || diag "$(cat "$U/error")"
chown 1234 "$U/nic0"
is "$(AS=1234 put "$U/nic0" "user $M publish=80:80")" EPERM 'another user does not'
like "$(cat "$U/error")" '^nic0: publish=80:80: ports of the host below 1024 are root.s: give one from 1024' 'which is said'
is "$(AS=1234 put "$U/nic0" "user $M publish=8080:80") $(asks 127.0.0.1 8080)" 'ok hello from u' 'but one from 1024'
chown 1234 "$ZONES/v/nic0"
is "$(AS=1234 put "$ZONES/v/nic0" 'user publish=1023:80')" EPERM 'also of a zone that does not run'

# Two zones
serve "$ZONES/v" v
put "$ZONES/v/nic0" 'user publish=8080:80' >/dev/null
is "$(put "$ZONES/v/ctl" boot)" EIO 'a port that another zone has: no boot' || diag "$(cat "$ZONES/v/error")"
like "$(cat "$ZONES/v/error")" "nic0: publish=8080:80: port 8080 of the host is another program's" 'with the reason'
put "$ZONES/v/nic0" 'user publish=8083:80' >/dev/null
put "$ZONES/v/ctl" boot >/dev/null
is "$(asks 127.0.0.1 8080) $(asks 127.0.0.1 8083)" 'hello from u hello from v' 'each has its own'
kill -9 "$(daemon_pid)"
is "$(cat "$U/state") $(asks 127.0.0.1 8080)" 'running hello from u' 'over a killed daemon'
is "$(put "$U/nic0" "user $M") $(put "$ZONES/v/nic0" 'user publish=8080:80') $(asks 127.0.0.1 8080)" 'ok ok hello from v' 'a port goes from one to the other'
put "$U/ctl" halt >/dev/null
put "$ZONES/v/ctl" halt >/dev/null
ok 'at the end it is closed' silent 127.0.0.1 8080
kill $other $far
finish
