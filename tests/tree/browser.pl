# Drives a headless Chromium by its protocol over pipes (DevTools' --remote-debugging-pipe): JSON messages, each with a
# NUL behind it, on descriptors 3 and 4.
#	perl browser.pl PROFILE URL STEP...
# A step is one of
#	until=EXPRESSION   waits until that is true in the page
#	click=SELECTOR     clicks on the middle of an element
#	type=TEXT          types letters, digits and blanks, and enter for a \n
#	picture=FILE       what the page looks like, as a PNG
#	print=EXPRESSION   prints it
# It gives up after two minutes.
use strict;
use warnings;
use Fcntl;
use JSON::PP;
use MIME::Base64;

my ($profile, $url, @steps) = @ARGV;
$^F = 255; # Chromium inherits these
pipe my $its_in, my $to or die;
pipe my $from, my $its_out or die;
my $pid = fork // die;
unless ($pid) {
	close $to;
	close $from;
	my ($in, $out) = map { fcntl $_, F_DUPFD, 10 } $its_in, $its_out;
	require POSIX;
	POSIX::dup2($in, 3);
	POSIX::dup2($out, 4);
	POSIX::close($_) for 5 .. 20;
	open STDERR, '>', "$profile.log";
	open STDOUT, '>&', \*STDERR;
	$ENV{HOME} = $profile;
	setpgrp;
	exec 'chromium', qw(--disable-breakpad --disable-crash-reporter --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run
		--hide-scrollbars --force-device-scale-factor=1 --remote-debugging-pipe), "--window-size=900,700",
		"--user-data-dir=$profile", 'about:blank';
	exit 127;
}
close $its_in;
close $its_out;
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { leave("no answer in time") };
alarm 120;

sub leave {
	my ($why) = @_;
	print STDERR "# the browser: $why\n" if $why;
	kill KILL => -$pid;
	waitpid $pid, 0;
	exit($why ? 1 : 0);
}

my ($serial, $session, $left, %events) = (0, undef, '');

sub hear {
	sysread $from, $left, 65536, length $left or leave('it has ended') until $left =~ /\0/;
	my $m = decode_json(substr $left, 0, index $left, "\0");
	$left = substr $left, 1 + index $left, "\0";
	$events{$m->{method}}++ if $m->{method};
	return $m;
}

sub ask {
	my ($method, %with) = @_;
	my %q = (id => ++$serial, method => $method, params => \%with);
	$q{sessionId} = $session if $session;
	print {$to} encode_json(\%q), "\0";
	$to->flush;
	my $m = hear();
	$m = hear() until ($m->{id} // 0) == $serial;
	leave("$method: $m->{error}{message}") if $m->{error};
	return $m->{result};
}

sub value {
	my ($expression) = @_;
	my $r = ask('Runtime.evaluate', expression => $expression, awaitPromise => JSON::PP::true, returnByValue => JSON::PP::true);
	leave("$expression: $r->{exceptionDetails}{text}") if $r->{exceptionDetails};
	return $r->{result}{value};
}

sub until_true {
	my ($what) = @_;
	value("new Promise(r => { const look = () => { let is = false; try { is = $what } catch (e) {} is ? r(1) : setTimeout(look, 50) }; look() })");
}

sub click {
	my ($selector) = @_;
	my $at = value("(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector('$selector').getBoundingClientRect())");
	ask('Input.dispatchMouseEvent', type => $_, x => $at->[0], y => $at->[1], button => 'left', clickCount => 1)
		for 'mouseMoved', 'mousePressed', 'mouseReleased';
}

sub type {
	my ($text) = @_;
	for my $c (split //, $text) {
		my $code = $c =~ /[a-z]/ ? 'Key' . uc $c : $c =~ /\d/ ? "Digit$c" : $c eq ' ' ? 'Space' : 'Enter';
		my $sent = $c eq "\n" ? "\r" : $c;
		my %key = (key => $c eq "\n" ? 'Enter' : $c, code => $code, windowsVirtualKeyCode => ord uc $sent);
		ask('Input.dispatchKeyEvent', type => 'keyDown', text => $sent, %key);
		ask('Input.dispatchKeyEvent', type => 'keyUp', %key);
	}
}

sub picture {
	my ($file) = @_;
	open my $f, '>', $file or leave("$file: $!");
	print $f decode_base64(ask('Page.captureScreenshot')->{data});
	close $f;
}

my %does = (until => \&until_true, click => \&click, type => \&type, picture => \&picture,
	print => sub { print value($_[0]), "\n" });
my $page = ask('Target.createTarget', url => 'about:blank')->{targetId};
$session = ask('Target.attachToTarget', targetId => $page, flatten => JSON::PP::true)->{sessionId};
ask('Page.enable');
delete $events{'Page.loadEventFired'};
ask('Page.navigate', url => $url);
hear() until $events{'Page.loadEventFired'};
for (@steps) {
	my ($what, $with) = /^(\w+)=(.*)$/s or leave("$_ is no step");
	$with =~ s/\\n/\n/g if $what eq 'type';
	($does{$what} // sub { leave("$what is no step") })->($with);
}
leave();
