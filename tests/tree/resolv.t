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

# Name servers at 127.0.0.53 and at an address of the host's, which know one name
if ! command -v pasta >/dev/null || ! [ -e /dev/net/tun ]; then
	skip 'no pasta, or no /dev/net/tun' 'user looks names up'
	finish
	exit
fi
ip link set out up
ip link set far up
ip addr add 192.0.2.1/24 dev out
ip route add default via 192.0.2.254
serve() { # ADDRESS
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => 53, Proto => "udp") or die "$!";
		open my $r, ">", $ARGV[1]; print $r "ready\n"; close $r;
		alarm 120;
		while (my $from = $s->recv(my $q, 512)) {
			my ($id, $question) = (substr($q, 0, 2), substr($q, 12) =~ /^(.*?\0.{4})/s);
			my $a = unpack("n", substr $question, -4, 2) == 1;
			$s->send($id . pack("n5", 0x8180, 1, $a ? 1 : 0, 0, 0) . $question .
				($a ? pack("nnnNnC4", 0xc00c, 1, 1, 60, 4, 203, 0, 113, 7) : ""), 0, $from);
		}' "$1" "$TMP/ready.$1" &
	servers="$servers $!"
	until [ -s "$TMP/ready.$1" ]; do :; done
}
servers=
serve 127.0.0.53
serve 192.0.2.1
U=$ZONES/u
looks_up() { # DESCRIPTION
	mkdir "$U/exec/j"
	put "$U/exec/j/cmd" 'getent ahostsv4 warren.example' >/dev/null
	like "$(timeout 60 cat "$U/exec/j/stdout")" '^203\.0\.113\.7 ' "$1" || diag "$(conf u)"
	rmdir "$U/exec/j"
}
mkdir "$U"
put "$U/nic0" user >/dev/null
is "$(put "$U/ctl" boot)" ok 'a zone with user' || diag "$(cat "$U/error")"
looks_up 'looks names up at the host'\''s 127.0.0.53'
put "$U/ctl" halt >/dev/null
rmdir "$U"

# pasta gives answers of the host's first server the address 169.254.1.53, whoever was asked
echo 'nameserver 192.0.2.1' >/etc/resolv.conf
mkdir "$U"
is "$(put "$U/ctl" boot)" ok 'a zone without a NIC, on a host whose server is elsewhere'
is "$(conf u)" 'nameserver 192.0.2.1' 'has that server'
is "$(put "$U/nic0" user)" ok 'user, while it runs' || diag "$(cat "$U/error")"
is "$(conf u)" 'nameserver 169.254.1.53
nameserver 192.0.2.1' 'gets the way to it by then'
looks_up 'and looks names up'
put "$U/ctl" halt >/dev/null
boots_with() { # WANT DESCRIPTION: the file is what standard input says
	cat >"$TMP/state/roots/$(key "$U/status" id)/etc/resolv.conf"
	put "$U/ctl" boot >/dev/null
	is "$(conf u)" "$1" "$2"
}
boots_with '# mine
search example.org
nameserver 169.254.1.53
nameserver 198.51.100.1
options edns0' 'a boot keeps all else' <<-'end'
	# mine
	search example.org
	nameserver 198.51.100.1
	options edns0
end
looks_up 'and the host is asked before a server that is not there'
put "$U/ctl" halt >/dev/null
boots_with 'nameserver 127.0.0.1
nameserver 169.254.1.53
nameserver ::1' 'a server of its own comes before it' <<-'end'
	nameserver 127.0.0.1
	nameserver ::1
end
looks_up 'and where that does not run, the host is asked at once'
put "$U/ctl" halt >/dev/null
boots_with 'nameserver 2001:db8::53
nameserver 169.254.1.53
nameserver 198.51.100.1' 'ones of IPv6 are asked before' <<-'end'
	nameserver 2001:db8::53
	nameserver 198.51.100.1
end
put "$U/ctl" halt >/dev/null
boots_with 'search example.org
nameserver 169.254.1.53' 'where none is named it is' <<-'end'
	search example.org
end
put "$U/ctl" halt >/dev/null
boots_with 'nameserver 198.51.100.1
# not: nameserver 169.254.1.53' 'who names it in a comment does not want it' <<-'end'
	nameserver 198.51.100.1
	# not: nameserver 169.254.1.53
end
put "$U/ctl" halt >/dev/null
etc=$TMP/state/roots/$(key "$U/status" id)/etc
rm "$etc/resolv.conf"
put "$U/ctl" boot >/dev/null
is "$(conf u)" 'nameserver 169.254.1.53' 'a file that is not there is made'
looks_up 'and serves'
put "$U/ctl" halt >/dev/null
ln -sf ../run/systemd/resolve/stub-resolv.conf "$etc/resolv.conf"
put "$U/ctl" boot >/dev/null
looks_up 'so does a link to what systemd-resolved would make'
put "$U/ctl" halt >/dev/null
ln -sf ../root/x "$etc/resolv.conf"
put "$U/ctl" boot >/dev/null
is "$(readlink "$etc/resolv.conf") $(ls "$etc/../root")" '../root/x ' 'another link is left alone'
put "$U/ctl" halt >/dev/null
like "$(cat "$U/log")" '^warren: /etc/resolv.conf is a link' 'which is said'
# shellcheck disable=SC2086  # several
kill $servers
finish
