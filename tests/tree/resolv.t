#!/bin/sh
# Names: a zone begins with the host's name servers, and `user` takes it to the one at the host's 127.0.0.1,
# too. In a network and with a resolv.conf of the test's own.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n -m sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
BB=$(command -v busybox) || skip_all 'no busybox here'
ip link set lo up
ip link add out type veth peer name far 2>/dev/null || skip_all 'this kernel has no veth'
[ "$(id -u)" -eq 0 ] || skip_all 'only root may mount'
CONF=$(mktemp) || exit 1
chmod 644 "$CONF"
mount --bind "$CONF" /etc/resolv.conf && rm "$CONF" || skip_all 'there is no /etc/resolv.conf'
setup
conf() { cat "$TMP/state/roots/$(key "$ZONES/$1/status" id)/etc/resolv.conf"; }
boot() { # NAME: a new zone
	mkdir "$ZONES/$1"
	_r=$(put "$ZONES/$1/ctl" boot)
	[ "$_r" = ok ] || diag "$(cat "$ZONES/$1/error")"
}
boot none
is "$(conf none)" '' 'a host without name servers: the zone has none'
printf '# of ours\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch example.org' >/etc/resolv.conf
boot far
is "$(conf far)" '# of ours
nameserver 192.0.2.53
nameserver 2001:db8::53
search example.org' 'the host'\''s are the zone'\''s, too'
printf 'nameserver 127.0.0.53\nnameserver ::1\noptions edns0\n' >/etc/resolv.conf
boot own
is "$(conf own)" 'options edns0
nameserver 169.254.1.53' 'one at 127.0.0.1 is asked by way of another address'
echo 'nameserver 192.0.2.99' >"$TMP/state/roots/$(key "$ZONES/own/status" id)/etc/resolv.conf"
put "$ZONES/own/ctl" reboot >/dev/null
is "$(conf own)" 'nameserver 192.0.2.99' 'what the zone has there stays'

# A name server at 127.0.0.53 that knows one name
if ! command -v pasta >/dev/null || ! [ -e /dev/net/tun ]; then
	skip 'no pasta, or no /dev/net/tun' 'user looks names up'
else
	ip link set out up
	ip link set far up
	ip addr add 192.0.2.1/24 dev out
	ip route add default via 192.0.2.254
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.53", LocalPort => 53, Proto => "udp") or die "$!";
		open my $r, ">", shift; print $r "ready\n"; close $r;
		alarm 60;
		while (my $from = $s->recv(my $q, 512)) {
			my ($id, $question) = (substr($q, 0, 2), substr($q, 12) =~ /^(.*?\0.{4})/s);
			my $a = unpack("n", substr $question, -4, 2) == 1;
			$s->send($id . pack("n5", 0x8180, 1, $a ? 1 : 0, 0, 0) . $question .
				($a ? pack("nnnNnC4", 0xc00c, 1, 1, 60, 4, 203, 0, 113, 7) : ""), 0, $from);
		}' "$TMP/ready" &
	server=$!
	until [ -s "$TMP/ready" ]; do :; done
	U=$ZONES/u
	mkdir "$U"
	put "$U/nic0" user >/dev/null
	is "$(put "$U/ctl" boot)" ok 'a zone with user' || diag "$(cat "$U/error")"
	mkdir "$U/exec/j"
	put "$U/exec/j/cmd" 'i=0; until getent ahostsv4 warren.example || [ $i = 20 ]; do i=$((i + 1)); done' >/dev/null
	like "$(timeout 60 cat "$U/exec/j/stdout")" '^203\.0\.113\.7 ' 'looks names up at the host'\''s 127.0.0.53'
	rmdir "$U/exec/j"
	put "$U/ctl" halt >/dev/null
	kill $server
fi
finish
