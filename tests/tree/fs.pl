#!/usr/bin/perl
# A file system for tests, by FUSE's own protocol (linux/fuse.h): fs.pl DIR UID [hang|turn|short|break]. Its root has one
# file, `file`, of the bytes of standard input; both belong to UID, and no other user can look into it, not
# even root. DIR.up appears when it is mounted. With `hang` whoever reads a file or a directory waits for
# ever, and DIR.hung appears. With `turn` whoever reads more than a page at once finds other bytes in a header of
# qcow2: its disk names a backing file. With `short` the file ends before its size.
# With `break` it can be written, by others, too; reads fail while there is a DIR.reads, and writes while there is a
# DIR.writes.
use strict;
use warnings;

my ($at, $uid, $how) = (@ARGV, "");
my $bytes = do { local $/; <STDIN> // "" };
use constant { LOOKUP => 1, GETATTR => 3, OPEN => 14, READ => 15, WRITE => 16, STATFS => 17, OPENDIR => 27, READDIR => 28 };

sub mark { open my $f, ">", "$at.$_[0]" or exit 3 }

sub attr { # of node 1, the root, or 2
	my $all = $how eq "short" ? 2 * length $bytes : length $bytes;
	my ($size, $mode) = $_[0] == 1 ? (0, 0040755) : ($all, 0100644);
	return pack "Q6V10", $_[0], $size, ($size + 511) >> 9, 0, 0, 0, 0, 0, 0, $mode, 1, $uid, $uid, 0, 4096, 0;
}

sub entry { # NODE NAME AT: of a directory
	my $r = pack "QQVVa*", $_[0], $_[2], length $_[1], 0, $_[1];
	return $r . "\0" x (-length($r) % 8);
}

# What is answered; a number: that errno
my %answers = (
	LOOKUP, sub { $_[1] eq "file\0" ? pack("QQQQVV", 2, 0, 0, 0, 0, 0) . attr(2) : 2 },
	GETATTR, sub { pack("QVV", 0, 0, 0) . attr($_[0]) },
	OPEN, sub { pack "QVV", 0, 1, 0 }, # nothing is cached
	OPENDIR, sub { pack "QVV", 0, 0, 0 },
	STATFS, sub { pack "Q5V10", (1) x 5, 4096, 255, 4096, (0) x 7 },
	READ, sub {
		my ($fh, $off, $n) = unpack "QQV", $_[1];
		return 5 if -e "$at.reads"; # EIO
		my $r = $off < length $bytes ? substr $bytes, $off, $n : "";
		substr($r, 8, 12) = pack "Q>N", 512, 11 if $how eq "turn" && $off == 0 && $n > 4096;
		return $r;
	},
	WRITE, sub {
		my ($fh, $off, $n) = unpack "QQV", $_[1];
		return 5 if $how ne "break" || -e "$at.writes";
		substr($bytes, $off, $n) = substr $_[1], 40, $n;
		return pack "VV", $n, 0;
	},
	READDIR, sub { my ($fh, $off) = unpack "QQ", $_[1]; $off == 0 ? entry(2, "file", 1) : "" },
);

$^F = 255;
$SIG{ALRM} = sub { exit };
alarm 300;
open my $f, "+<", "/dev/fuse" or exit 3;
my ($s, $t, $o) = ("test", "fuse", "fd=" . fileno($f) . ",rootmode=40755,user_id=$uid,group_id=$uid" . ($how eq "break" ? ",allow_other" : ""));
syscall(165, $s, $at, $t, 0, $o) == 0 or exit 3; # mount
sysread $f, my $init, 1 << 18;
syswrite $f, pack("VVa8", 80, 0, substr $init, 8, 8) . pack("VVVVvvV", 7, 31, 65536, 0, 12, 9, 65536) . "\0" x 40;
mark("up");
while (sysread $f, my $q, 1 << 18) {
	my ($len, $op, $unique, $node) = unpack "VVQQ", $q;
	next if $op == 2 || $op == 36 || $op == 42; # FORGET, INTERRUPT, BATCH_FORGET have no answer
	if ($how eq "hang" && ($op == READ || $op == READDIR)) {
		mark("hung");
		next;
	}
	my $r = $answers{$op} ? $answers{$op}->($node, substr $q, 40) : 38; # ENOSYS
	my $refused = $r =~ /^\d{1,2}\z/;
	syswrite $f, pack("Vl<Q", 16 + ($refused ? 0 : length $r), $refused ? -$r : 0, $unique) . ($refused ? "" : $r);
}
