#!/bin/sh
# A zone's root is the owner of the host's files that it sees. What the kernel lets an owner do that others may
# not: each is tried inside, and looked at from outside (HACKING.md, "What an owner may").
. "$(dirname "$0")/lib.sh"
setup
Z=$ZONES/a
mkdir "$Z" "$TMP/ro" "$TMP/ours"
dd if=/dev/zero of="$TMP/ro/file" bs=4096 count=8 2>/dev/null
cp "$TMP/ro/file" "$TMP/ours/file"
chown 1234 "$TMP/ours" "$TMP/ours/file"
usr=$(find /usr/share /usr/lib -type f -size +8 -name '*.txt' 2>/dev/null | head -n 1)
[ -n "$usr" ] || usr=$(find /usr/lib -type f -size +8 | head -n 1)

cat >"$TMP/ro/try.pl" <<'END'
use Fcntl;
$| = 1;
my ($what, $path) = @ARGV;
open my $f, "<", $path or die "open: $!\n";
sub say_it { print $_[0] ? "done\n" : "refused " . int($!) . "\n" }
my $page = "\0" x 64;
sub mapped { syscall 9, 0, 4096, 1, 1, fileno $f, 0 } # MAP_SHARED
if ($what eq "lease" || $what eq "delegation") {
	my $delegation = pack "LSSL", 0, 1, 0, 0;
	my $held = $what eq "lease" ? fcntl $f, 1024, 1 : fcntl $f, 1040, $delegation;
	say_it $held;
	$SIG{IO} = "IGNORE";
	sleep 60 if $held;
} elsif ($what eq "mincore") {
	say_it syscall(27, mapped, 4096, $page) == 0;
} elsif ($what eq "pageout") {
	my $at = mapped;
	my $touched = unpack "P1", pack "Q", $at;
	say_it syscall(28, $at, 4096, 21) == 0;
} elsif ($what eq "ioctl") {
	open my $own, "+>", "/root/own" or die;
	syswrite $own, "\0" x 4096;
	my %calls = (setflags => [0x40086602, pack "Q", 0x10], setversion => [0x40087602, pack "Q", 7],
		xattr => [0x401c5820, pack "L7", 0x40, (0) x 6], verity => [0x40806685, pack "LLLLx112", 1, 1, 4096, 0],
		encrypt => [0x800c6613, "\0" x 64], delayed => [0x660c, 0], trim => [0xc0185879, "\0" x 24],
		freeze => [0xc0045877, 0], shutdown => [0x8004587d, pack "L", 2]);
	for (sort keys %calls) { print "$_\n" if defined ioctl $f, $calls{$_}[0], $calls{$_}[1] }
	my $range = pack "QQSSLQ" . "qQQlL", 0, 4096, 1, 0, 0, 0;
	$range = pack "QQSSL" . "qQQlL", 0, 4096, 1, 0, 0, fileno $f, 0, 0, 0, 0; # onto the host's
	print "dedupe\n" if defined ioctl($own, 0xc0189436, $range) && (unpack "QQSSL" . "qQQlL", $range)[7] > 0;
	print "end\n";
}
END
put "$Z/init" 'sleep 10000' >/dev/null
put "$Z/mounts" "$TMP/ro /srv/ro ro
$TMP/ours /srv/ours rw" >/dev/null
is "$(put "$Z/ctl" boot)" ok 'a zone with host mounts runs'

job() { # WHAT PATH: its first line
	mkdir "$Z/exec/j"
	put "$Z/exec/j/cmd" "perl /srv/ro/try.pl $1 $2" >/dev/null
	exec 6<"$Z/exec/j/stdout"
	await 6 '\n'
	exec 6<&-
}
over() { rmdir "$Z/exec/j"; }
opens() { # PATH: can it be opened at once, whatever leases there are?
	perl -MFcntl -e 'print sysopen(F, $ARGV[0], O_RDONLY | O_NONBLOCK) ? "at once" : "waits: $!"' "$1"
}
resident() { fincore -rno PAGES "$1"; }

for pair in "$usr $usr" "/srv/ro/file $TMP/ro/file" "/srv/ours/file $TMP/ours/file"; do
	in=${pair% *} out=${pair#* }
	is "$(job lease "$in")" 'refused 22' "no lease on $in"
	is "$(opens "$out")" 'at once' 'and the host opens it'
	over
	is "$(job delegation "$in")" 'refused 22' 'nor a delegation'
	over
	is "$(job mincore "$in")" 'refused 38' 'what the host has read is not told'
	over
	if command -v fincore >/dev/null; then
		cat "$out" >/dev/null
		before=$(resident "$out")
		is "$(job pageout "$in")" 'refused 22' 'what it has in memory is not thrown out'
		over
		is "$(resident "$out")" "$before" '... and stays'
	else
		skip 'no fincore' 'what the host has in memory stays there'
	fi
done
for pair in "$usr $usr" "/srv/ro/file $TMP/ro/file"; do
	in=${pair% *} out=${pair#* }
	stat -c '%a %u %g %s %X %Y %Z' "$out" >"$TMP/before"
	lsattr -v "$out" >>"$TMP/before" 2>/dev/null
	is "$(job ioctl "$in")" end "no ioctl of an owner's changes $in"
	over
	is "$({ stat -c '%a %u %g %s %X %Y %Z' "$out" && lsattr -v "$out" 2>/dev/null; } | diff "$TMP/before" -)" '' '... and it is as it was'
done

# What ro does not keep it from, as the manual says: root mounts a server's socket by its directory
perl -MIO::Socket::UNIX -e 'umask 077; my $s = IO::Socket::UNIX->new(Listen => 1, Local => $ARGV[0]) or die; open my $r, ">", $ARGV[1]; close $r;
	alarm 60; my $c = $s->accept; print $c "spoken\n"' "$TMP/ro/socket" "$TMP/ready" &
until [ -e "$TMP/ready" ]; do :; done
is "$(printf 'use IO::Socket::UNIX; print IO::Socket::UNIX->new(Peer => "/srv/ro/socket")->getline' >"$TMP/ro/ask.pl"
	mkdir "$Z/exec/j"
	put "$Z/exec/j/cmd" 'perl /srv/ro/ask.pl' >"$TMP/put"
	cat "$Z/exec/j/stdout")" spoken 'a socket in a ro mount is spoken to'
wait
over
finish
