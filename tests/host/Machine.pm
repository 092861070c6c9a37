# The machine of host.t: QEMU with the disk that disk.sh made, a console that is a login, and a line on which a
# shell obeys. However slow this host is, a machine that goes on says something: it is given up after
# $SILENT seconds in which neither line says a word.
package Machine;
use strict;
use warnings;
use IO::Select;
use MIME::Base64 'encode_base64';
use POSIX ();
use Socket;
use Time::HiRes 'time';

my $SILENT = 300;

sub new { # DISK KERNEL
	my ($class, $disk, $kernel) = @_;
	return bless { disk => $disk, kernel => $kernel, console => '', said => '' }, $class;
}

sub line_pair {
	socketpair(my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die "socketpair: $!";
	fcntl($theirs, 2, 0) or die "fcntl: $!"; # QEMU keeps it
	return ($ours, $theirs);
}

# Starts it, and waits until the shell obeys
sub start {
	my $m = shift;
	my ($tty, $its_tty) = line_pair();
	my ($shell, $its_shell) = line_pair();
	my @qemu = ('qemu-system-x86_64', '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35',
		'-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max', '-smp', '2', '-m', '3000',
		'-kernel', $m->{kernel}, '-append', 'root=/dev/nvme0n1 rw console=ttyS0 mitigations=off norandmaps ' .
		'init_on_alloc=0 nosmap nosmep no5lvl noxsave systemd.show_status=1',
		'-drive', "file=$m->{disk},format=qcow2,if=none,id=disk", '-device', 'nvme,drive=disk,serial=disk',
		'-netdev', 'user,id=net', '-device', 'virtio-net-pci,netdev=net,romfile=',
		'-chardev', 'socket,id=tty,fd=' . fileno($its_tty), '-serial', 'chardev:tty',
		'-chardev', 'socket,id=shell,fd=' . fileno($its_shell), '-serial', 'chardev:shell');
	defined($m->{pid} = fork) or die "fork: $!";
	if ($m->{pid} == 0) {
		exec @qemu or POSIX::_exit(127);
	}
	@$m{qw(tty shell console said)} = ($tty, $shell, '', '');
	return defined $m->wait_for(qr/<up>\n/);
}

# Reads both lines until DONE is true; false where nothing comes any more
sub read_until { # DONE
	my ($m, $done) = @_;
	my $select = IO::Select->new(@$m{qw(tty shell)});
	until ($done->()) {
		my @ready = $select->can_read($SILENT) or return $m->hangs('is silent');
		for my $from (@ready) {
			sysread($from, my $text, 65536) or return $m->hangs('is gone');
			$text =~ s/\r//g;
			$m->{$from == $m->{tty} ? 'console' : 'said'} .= $text;
			print STDERR $text if $ENV{V};
		}
	}
	return 1;
}

sub hangs {
	my ($m, $how) = @_;
	print "# the machine $how; the end of its console:\n";
	print "# $_\n" for split /\n/, substr $m->{console}, -3000;
	return 0;
}

# What the shell says up to a text, both of which are taken away; undef: it never comes
sub wait_for { # REGEX
	my ($m, $want) = @_;
	my $before;
	$m->read_until(sub { $m->{said} =~ s/^(.*?)$want//s and defined($before = $1) });
	return $before;
}

# A script begins, and what it prints comes by wait_for
sub begin { # SCRIPT
	my ($m, $script) = @_;
	syswrite $m->{shell}, encode_base64($script, '') . "\n";
}

# What a script prints, without the last newline
sub run { # SCRIPT
	my ($m, $script) = @_;
	$m->begin($script);
	my $out = $m->wait_for(qr/<end>\n/);
	defined $out or die "the machine does not answer\n";
	chomp $out;
	return $out;
}

sub type { # TEXT, at the login
	my ($m, $text) = @_;
	syswrite $m->{tty}, $text;
}

# It goes down and comes up again; the seconds that going down took. What it says meanwhile is in its console.
sub reboot {
	my $m = shift;
	my $begin = time;
	$m->{console} = $m->{said} = '';
	$m->begin('systemctl --no-block reboot');
	$m->read_until(sub { $m->{console} =~ /reboot: Restarting system/ }) or die "the machine does not go down\n";
	my $took = time - $begin;
	defined $m->wait_for(qr/<up>\n/) or die "the machine does not come up\n";
	return $took;
}

# The power is cut
sub cut {
	my $m = shift;
	kill 'KILL', $m->{pid};
	waitpid $m->{pid}, 0;
	delete $m->{pid};
}

sub DESTROY {
	my $m = shift;
	local $?;
	$m->cut if defined $m->{pid};
}

1;
