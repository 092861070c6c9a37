#!/bin/sh
# Kinds of holes that other tools for containers and VMs had: each tried at the doors that we have. Others are in
# hostile.t, entering.t, mounts.t, delegation.t, images.t and antispoof.t. In a network of the test's own.
if [ -z "${WARREN_NET-}" ] && [ "$(id -u)" -eq 0 ]; then
	exec env WARREN_NET=1 unshare -n sh "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$TMP/out"
echo kept >"$TMP/out/file"
echo 'bob:x:7:7::/:/bin/sh' >"$TMP/out/passwd"
chmod -R a+rwX "$TMP/out"
find "$TMP/out" -printf '%p %s %m %U %T@\n' >"$TMP/before"
untouched() { is "$(find "$TMP/out" -printf '%p %s %m %U %T@\n' | diff "$TMP/before" -)" '' "$1: nothing outside has changed"; }
run() { # ZONE COMMAND [USER]: what it prints, or the errno
	mkdir "$1/exec/j"
	[ -z "${3-}" ] || put "$1/exec/j/user" "$3" >"$TMP/put"
	_r=$(put "$1/exec/j/cmd" "$2")
	[ "$_r" = ok ] && cat "$1/exec/j/stdout" || printf '%s: %s' "$_r" "$(cat "$1/exec/j/error")"
	rmdir "$1/exec/j"
}

# --- links in a tree that the zone writes, and root goes there -------------------------------

plant="for f in hostname hosts resolv.conf passwd group machine-id rc; do rm -f /etc/\$f; ln -s $TMP/out/\${f%.conf} /etc/\$f; done; rm -f /etc/passwd; ln -s /proc/self/root$TMP/out/passwd /etc/passwd; rm -rf /var/run /var/log /root/*; ln -s ../../../../../../../..$TMP/out /var/run; ln -s $TMP/out /var/log"
is "$(put "$Z/ctl" boot)$(run "$Z" "$plant; ls -d /etc/hosts")" 'ok/etc/hosts' 'a zone plants links that lead to the host'
is "$(run "$Z" id bob | cut -d' ' -f1)" "EINVAL:" 'a user by a link that leads out of the zone is nobody'
is "$(put "$Z/hostname" other)$(put "$Z/ctl" reboot)" okok 'a host name, and a boot'
is "$(put "$Z/mounts" "$TMP/out /var/run/x ro
$TMP/out/file /var/log/y ro")" ENOENT 'places to mount at by them are refused' || diag "$(run "$Z" 'ls -lR /var')"
is "$(put "$Z/nic0" bridge=wk)$(put "$Z/nic0" none)$(put "$Z/ctl" 'shutdown 5')$(put "$Z/ctl" boot)" okokokok 'NICs, a shutdown, a boot'
untouched 'links in a zone'
put "$Z/ctl" halt >/dev/null
ok 'they lead there, for who follows them' test -e "$TMP/state/roots/$(key "$Z/status" id)/var/run/file"

I=$ZONES/i
mkdir "$TMP/root" "$TMP/root/bin" "$TMP/root/etc" "$MNT/images/x"
if command -v busybox >/dev/null && cp "$(command -v busybox)" "$TMP/root/bin/sh" && init_libraries "$TMP/root" &&
	[ "$(put "$MNT/images/x/ctl" "import $TMP/root")" = ok ]; then
	mkdir "$I"
	put "$I/image" x >/dev/null
	is "$(put "$I/ctl" boot)" ok 'a zone on an image' || diag "$(cat "$I/error")"
	is "$(run "$I" "busybox true 2>/dev/null; sh -c \"exec -a rm /bin/sh -rf /etc\" 2>/dev/null; /bin/sh -c true; echo x")" x 'runs'
	put "$I/ctl" halt >/dev/null
	# as its root may make them
	up=$(find "$TMP/state/roots" -maxdepth 4 -type d -path "*layers*" -name 'up*' | head -n 1)
	[ -n "$up" ] || up=$(find "$TMP/state/roots/$(key "$I/status" id).layers" -mindepth 2 -maxdepth 2 -type d | head -n 1)
	owner=$(stat -c %u "$up")
	for n in etc proc sys tmp run dev opt; do
		rm -rf "${up:?}/$n"
		ln -s "$TMP/out" "$up/$n" && chown -h "$owner:$owner" "$up/$n"
		r=$(put "$I/ctl" boot)
		case $n:$r in etc:ok | opt:ok | *:EIO) r=right ;; esac
		is "$r" right "/$n that is a link: refused, or only the zone's own"
		[ "$(cat "$I/state")" != running ] || run "$I" 'echo >/etc/made; echo >/opt/made' >/dev/null
		put "$I/ctl" halt >/dev/null
		rm -f "$up/$n"
	done
	untouched 'links in a layer'
else
	skip 'no busybox' 'links in the layer of an image'
fi

# --- whatever the order, no zone is the host's root -------------------------------------------

shifted() { # ZONE
	_p=$(pid_of "$1")
	awk -v u="$(stat -c %u "/proc/$_p")" 'NR == 1 && $1 == 0 && $2 >= 1879179264 && u >= 1879179264 { print "shifted" }' "/proc/$_p/uid_map"
}
mkdir "$ZONES/o1" "$ZONES/o2" "$ZONES/o3"
put "$ZONES/o1/ctl" boot >/dev/null
is "$(shifted "$ZONES/o1")" shifted 'made and booted'
cat "$ZONES/o1/config" >"$ZONES/o2/config"
mv "$ZONES/o2" "$ZONES/o4" && rmdir "$ZONES/o3" && mkdir "$ZONES/o3" && mv "$ZONES/o4" "$ZONES/o2"
put "$ZONES/o2/image" host >/dev/null
put "$ZONES/o2/ctl" boot >/dev/null
put "$ZONES/o3/ctl" boot >/dev/null
is "$(shifted "$ZONES/o2") $(shifted "$ZONES/o3")" 'shifted shifted' 'settings of another, moved, a name taken again'
is "$(awk '{ print $2 }' "/proc/$(pid_of "$ZONES/o1")/uid_map" "/proc/$(pid_of "$ZONES/o2")/uid_map" "/proc/$(pid_of "$ZONES/o3")/uid_map" | sort -u | wc -l)" 3 'each with uids of its own'
for z in o1 o2 o3; do
	put "$ZONES/$z/ctl" halt >/dev/null
	rmdir "$ZONES/$z"
done

# --- bytes that end a line elsewhere ----------------------------------------------------------

mkdir "$ZONES/b" "$ZONES/c" "$VMS/b" "$VMS/c"
nasty() { # DIR: every setting with each of them, and a plain file: lines `FILE BYTE errno or what reads back`
	perl -MErrno -e 'my $d = shift;
		open my $c, "<", "$d/config" or die; my %f = map { /^([^=]+)=/ ? ($1 => 1) : () } <$c>;
		for my $b ("\n", "\r", "\0", "\x85", "\x{c2}\x85", "\x1b", "\n\n", "=", "\\n", "x" x 65000) {
			for my $f (sort keys %f) {
				my $v = "A=b$b" . "cpu.cap=7";
				open my $w, ">", "$d/$f" or next;
				my $n = syswrite $w, $v;
				next unless defined $n;
				open my $r, "<", "$d/$f" or die; local $/; my $got = <$r>;
				print "$f\n" if $got ne "$v\n" && $got ne $v && $b ne "\n" && $b ne "\n\n";
				open my $cap, "<", "$d/cpu.cap"; print "cpu.cap by $f\n" if <$cap> ne "none\n";
			}
			print "config\n" unless same();
		}
		sub same { # what is there comes out elsewhere as it is
			open my $r, "<", "$d/config" or die; local $/; my $text = <$r>; (my $o = $d) =~ s/b$/c/;
			$text =~ s/^nic\d=.*\n//mg;
			open my $w, ">", "$o/config" or die; defined syswrite $w, $text or print "copy: $!\n";
			close $w; open my $s, "<", "$o/config" or die; (my $new = <$s>) =~ s/^nic\d=.*\n//mg; $new =~ s/^hostname=.*\n//mg; $text =~ s/^hostname=.*\n//mg;
			$new eq $text }' "$1" | sort | uniq -c
}
is "$(nasty "$ZONES/b")" '' 'a zone: they are refused, or come back as they were, also by config of another'
is "$(nasty "$VMS/b")" '' 'a VM: the same'
printf 'A=1\r\nB=\302\205x\nC=a=b\\n\n' >"$ZONES/b/env"
cat "$ZONES/b/config" "$ZONES/b/env" "$VMS/b/config" >"$TMP/was"
ok 'umount and mount' remount
is "$(cat "$ZONES/b/config" "$ZONES/b/env" "$VMS/b/config" | cmp - "$TMP/was" 2>&1)" '' 'and after a mount they are the same'

# --- a user who is not who he seems -----------------------------------------------------------

put "$Z/ctl" boot >/dev/null
run "$Z" 'rm /etc/passwd /etc/group; printf "root:x:0:0::/root:/bin/sh\n1000:x:5:5::/:/bin/sh\n0x10:x:6:6::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n" >/etc/passwd' >/dev/null
for u in '1000 ' ' 1000' '+1000' '-1' '01000' '0x10' '1000:0' '1000.0' '4294967296' '4294967295' '65535' '18446744073709551616' '1e3' 'root:' 'a b' '0 0' "$(printf '1000\0010')" "$(printf '\001')"; do
	_got=$(run "$Z" 'id -u' "$u")
	case $u:$_got in
	'1000 :1000' | ' 1000:1000' | '01000:1000' | '0x10:6') _got=right ;; # blanks at the ends are none of it; a number; a name
	*:E*) _got=right ;;
	*) [ "$(cat "$TMP/put")" = ok ] || [ "$_got" != 0 ] || _got=right ;; # refused: it is root's, as unset
	esac
	is "$_got" right "user '$u' is who it says, or refused" || diag "$(cat "$TMP/put")"
done
is "$(run "$Z" 'id -u' 1000)" 1000 'a number is a number, whatever has it for a name'
for p in 'rm -f /etc/passwd; mkfifo /etc/passwd' 'rm -f /etc/passwd; ln -s /dev/zero /etc/passwd' 'rm -f /etc/passwd; mkdir /etc/passwd' 'rmdir /etc/passwd; ln -s passwd /etc/passwd'; do
	run "$Z" "$p" >/dev/null
	like "$(run "$Z" 'id -u' 7)" "^(7|EIO: .*passwd)" "passwd: ${p#*; }"
done
run "$Z" 'rm -rf /etc/passwd' >/dev/null

# --- what comes in with process 1, QEMU, pasta ------------------------------------------------

holds() { # PID: descriptors, directory and root that are files or directories of the host's
	for _f in "/proc/$1/fd/"* "/proc/$1/cwd" "/proc/$1/root"; do
		[ "$(stat -Lc %d:%i "$_f")" = "$(stat -c %d:%i /)" ] && echo "/ by $_f"
		case $(readlink "$_f") in *"$TMP"* | /sys/fs/cgroup/*) readlink "$_f" ;; esac
	done
}
is "$(holds "$(pid_of "$Z")")" '' 'a zone'
put "$Z/ctl" halt >/dev/null
if command -v pasta >/dev/null && ip link set lo up && ip link add out type veth peer name far 2>/dev/null; then
	ip link set out up && ip link set far up
	ip addr add 192.0.2.1/24 dev out && ip route add default via 192.0.2.254
	is "$(put "$Z/nic0" user)$(put "$Z/ctl" boot)" okok 'a zone with user' || diag "$(cat "$Z/error")"
	pasta=$(grep -ls "/$CG/$(key "$Z/status" id)" /proc/[0-9]*/cgroup | while IFS=/ read -r _ _ p _; do
		grep -qs '^pas' "/proc/$p/comm" && echo "$p"
	done)
	is "$(awk '$1 == "Seccomp:" { print $2 }' "/proc/$pasta/status")" 2 'its pasta is there'
	is "$(holds "$pasta")$(ls -A "/proc/$pasta/root/")" '' 'and has nothing of ours, nor a root with anything in it'
	put "$Z/ctl" halt >/dev/null
	put "$Z/nic0" none >/dev/null
	ip link del out
else
	skip 'no pasta, or no veth' 'pasta'
fi
if command -v "qemu-system-$(uname -m)" >/dev/null && [ -e "$WARREN_BUILD/guests/hello" ]; then
	V=$VMS/v
	mkdir "$V"
	: >"$TMP/disk" && truncate -s 1M "$TMP/disk"
	put "$V/config" "accel=tcg
kernel=$WARREN_BUILD/guests/hello
append=-echo,snapshot=on -device,help
disk0=path=$TMP/disk" >/dev/null
	is "$(put "$V/ctl" boot)" ok 'a VM: words of the line for its kernel are no options of QEMU' || diag "$(cat "$V/error")"
	is "$(holds "$(pid_of "$V")" | sort -u)" "$TMP/disk" 'its disk, and nothing else'
	is "$(tr '\0' '\n' <"/proc/$(pid_of "$V")/cmdline" | grep -cxF -e '-echo,snapshot=on -device,help')" 1 'they are one word'
	is "$(tr '\0' '\n' <"/proc/$(pid_of "$V")/cmdline" | grep -cF "$TMP")" 0 'no path is'
	put "$V/ctl" halt >/dev/null
else
	skip 'no QEMU or no guest' 'QEMU'
fi

# --- who has the same uid ---------------------------------------------------------------------

is "$(put "$Z/ctl" boot) $(monitored "$Z" && echo up)" 'ok up' 'a zone runs'
monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(pid_of "$Z")/status")
uid=$(awk '/^Uid:/ { print $2 }' "/proc/$monitor/status")
is "$(AS=$uid try read "/proc/$monitor/environ") $(AS=$uid try read "/proc/$monitor/maps")" 'EACCES EACCES' 'a monitor is read by nobody of its uid'
daemon=$(daemon_pid)
uid_of_daemon=$(awk '/^Uid:/ { print $2 }' "/proc/$daemon/status")
is "$(AS=$uid_of_daemon try read "/proc/$daemon/environ") $(AS=$uid_of_daemon try read "/proc/$daemon/maps")" 'EACCES EACCES' 'nor is the daemon'
is "$(AS=$uid try create "$TMP/run/monitors/x") $(AS=$uid try unlink "$TMP/run/monitors/$(key "$Z/status" id)")" 'EACCES EACCES' 'nor can it put another socket in the place of its own'
is "$(perl -MIO::Socket::UNIX -MSocket -e '$) = $( = 1234; ($<, $>) = (1234, 1234); print IO::Socket::UNIX->new(Type => SOCK_SEQPACKET, Peer => $ARGV[0]) ? "reached" : "refused"' "$TMP/run/monitors/$(key "$Z/status" id)")" refused 'which nobody else reaches'

# --- a name that somebody else has taken ------------------------------------------------------

if command -v ip >/dev/null && ip link add probe type veth peer name probe1 2>/dev/null; then
	ip link del probe
	is "$(put "$Z/nic0" bridge=wk)" ok 'a NIC'
	port=$(ip -o link show master wk | sed 's/^[0-9]*: \([^:@]*\).*/\1/')
	ip link del "$port" && ip link add "$port" type veth peer name theirs
	is "$(put "$Z/ctl" halt)" ok 'a halt where another has its name'
	ok 'an interface that has its name by now stays' ip link show "$port"
	is "$(put "$Z/ctl" boot)" EIO 'and is not taken' || diag "$(cat "$Z/error")"
	ok '... nor changed' ip link show theirs
	ip link del theirs
	is "$(put "$Z/ctl" boot)$(put "$Z/ctl" halt)" okok 'when it is gone all is well'
else
	skip 'no veth here' 'a name that somebody else has taken'
fi
finish
