#!/bin/sh
# A worker of the helper's is killed while it is at a zone's network, sooner and later: who waits gets an
# answer, the zone has what its files say, and nothing is left.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
ip link set lo up
ip link add probe type veth peer name probe1 2>/dev/null || skip_all 'this kernel has no veth'
ip link del probe
setup
A=$ZONES/a
mkdir "$A"
left() { ip -o link | sed 1d; nft list tables 2>/dev/null; } # but lo

# took FILE TEXT: how many microseconds a write takes that nobody disturbs
took() {
	_from=$(date +%s%N)
	sh -c "printf %s '$2' | '$WARREN_BUILD/tests/try' write '$1'" >/dev/null
	echo "$((($(date +%s%N) - _from) / 1000))"
}

# killing USEC FILE TEXT: writes, and kills the worker that waits for it USEC later; the write's result, and
# `killed` where the worker was there still
killing() {
	_worker=$(children "$(helper_pid)" warren-worker)
	_said=$(timeout 30 perl -e '
		my ($after, $worker, @write) = @ARGV;
		my $fd = syscall 434, $worker + 0, 0; # pidfd_open
		my $pid = fork;
		exec @write if $pid == 0;
		select undef, undef, undef, $after / 1e6;
		my $killed = syscall(424, $fd, 9, 0, 0) == 0; # pidfd_send_signal
		waitpid $pid, 0;
		print $killed ? "killed" : "late"' "$1" "$_worker" sh -c "printf %s '$3' | '$WARREN_BUILD/tests/try' write '$2' >'$TMP/wrote'")
	echo "$(cat "$TMP/wrote") ${_said:-timeout}"
}

# Live changes
one='bridge=wbr0 address=10.1.0.1/24,fd01::1/64'
two='bridge=wbr1 mac=02:00:00:00:0a:02 address=10.2.0.1/24 gateway=10.2.0.2 mtu=1400'
in_force() { # what the zone has, in the words of its nic0
	_master=$(ip -o link show type veth | sed -n 's/.* master \([^ ]*\).*/\1/p')
	_addrs=$(nsenter -t "$(pid_of "$A")" -n ip -o addr show dev eth0 scope global | awk '{ print $4 }' | tr '\n' ',')
	echo "bridge=$_master address=${_addrs%,}"
}
said() { sed 's/ mac=[^ ]*//; s/ gateway=.*//; s/ mtu=.*//; s/ antispoof=.*//' "$A/nic0"; }
put "$A/nic0" "$one" >/dev/null
is "$(put "$A/ctl" boot)" ok 'a zone' || diag "$(cat "$A/error")"
killed='' bad='' usec=$(took "$A/nic0" "$two")
for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	if [ $((n % 2)) -eq 0 ]; then want=$two; else want=$one; fi
	got=$(killing "$((n * usec / 20))" "$A/nic0" "$want")
	killed=$killed$(echo "$got" | sed -n 's/^EIO killed$/x/p')
	case $got in
	'ok '* | 'EIO killed') ;;
	*) bad="$bad
round $n: $got: $(cat "$A/error")" ;;
	esac
	[ "$(in_force)" = "$(said)" ] || bad="$bad
round $n ($got): $(said), but $(in_force)"
	[ "$got" != 'EIO killed' ] || grep -q 'was killed: try again' "$A/error" || bad="$bad
round $n: $(cat "$A/error")"
done
is "$bad" '' 'live changes with a killed worker: answered, and in force is what nic0 says'
like "$killed" x "(of 30 changes ${#killed} were refused)"
is "$(put "$A/nic0" none)$(left)" ok 'the NIC goes, and nothing is left'
is "$(put "$A/ctl" halt)" ok 'halt'

# Boots: late the worker is the zone's monitor already
put "$A/nic0" "$one" >/dev/null
killed='' bad='' usec=$(took "$A/ctl" boot)
put "$A/ctl" halt >/dev/null
for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
	got=$(killing "$((n * usec / 20))" "$A/ctl" boot)
	killed=$killed$(echo "$got" | sed -n 's/^EIO killed$/x/p')
	case $got in
	'ok '* | 'EIO killed') ;;
	*) bad="$bad
round $n: $got: $(cat "$A/error")" ;;
	esac
	put "$A/ctl" halt >/dev/null
	[ -z "$(left)$(groups_left)" ] || bad="$bad
round $n ($got): $(left) $(groups_left)"
done
is "$bad" '' 'boots with a killed worker: answered, and nothing is left'
like "$killed" x "(of 30 boots ${#killed} failed)"
is "$(put "$A/ctl" boot) $(in_force)" "ok $one" 'the next boot is as any'
put "$A/ctl" halt >/dev/null
is "$(left)" '' 'at the end nothing is left'
finish
