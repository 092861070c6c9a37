# readers.pl UID N MOST FILE: N processes of that user read FILE, as it blocks, once. Prints the errno of each of the N - MOST
# that are refused, then `blocked`, then `got` for each of the others when it has read something, and goes on until
# standard input ends.
use strict;
use Errno;
use POSIX;
my ($uid, $n, $most, $file) = @ARGV;
my @pids;
$| = 1;
pipe my $in, my $out;
sub child {
	setgid($uid), setuid($uid);
	open my $f, '<', $file or die "$file: $!";
	my $got = sysread $f, my $text, 4096;
	syswrite $out, (defined $got ? 'got' : (grep { $!{$_} && $_ ne 'EWOULDBLOCK' } keys %!)[0]) . "\n";
	sleep; # the file is open as long
}
for (1 .. $n) {
	my $pid = fork // die "fork: $!";
	child(), exit if $pid == 0;
	push @pids, $pid;
}
sub told { print scalar readline $in for 1 .. $_[0] }
$SIG{ALRM} = sub { kill KILL => @pids; die "waited in vain" };
alarm 60;
my $refused = $n > $most ? $n - $most : 0;
told($refused);
print "blocked\n";
told($n - $refused);
alarm 0;
readline STDIN;
kill KILL => @pids;
waitpid $_, 0 for @pids;
