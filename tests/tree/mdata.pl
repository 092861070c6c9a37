# A client of SmartOS's metadata protocol, written from its description: mdata.pl WHERE WORDS...
# WHERE is a socket, or - for a frame alone, on standard output. Of version 2, but `v1 LINE`. Says the
# code, and the payload; `raw` lines are sent as they are, \n, \r and \0 in them, and all answers shown.
use strict;
use warnings;
use IO::Socket::UNIX;
use MIME::Base64;
$SIG{ALRM} = sub { print "no answer\n"; exit 1 };
alarm 20;
my ($where, $verb, @words) = @ARGV;

sub crc32 {
	my $crc = 0xffffffff;
	for my $byte (unpack 'C*', $_[0]) {
		$crc ^= $byte;
		$crc = $crc & 1 ? $crc >> 1 ^ 0xedb88320 : $crc >> 1 for 1 .. 8;
	}
	return $crc ^ 0xffffffff;
}

sub b64 { encode_base64($_[0], '') }

sub frame {
	my ($code, @payload) = @_;
	my $body = join ' ', '0badcafe', $code, map b64($_), @payload;
	return sprintf "V2 %d %08x %s\n", length $body, crc32($body), $body;
}

sub request {
	my ($code, @of) = @_;
	if ($code eq 'PUT') {
		my $value = defined $of[1] ? $of[1] : do { local $/; <STDIN> };
		return frame($code, join ' ', b64($of[0]), b64($value));
	}
	return frame($code, @of);
}

if ($where eq '-') {
	print request($verb, @words);
	exit;
}
my $s = IO::Socket::UNIX->new($where) or die "$where: $!\n";
if ($verb eq 'raw') {
	$s->syswrite($words[0] =~ s/\\n/\n/gr =~ s/\\r/\r/gr =~ s/\\0/\0/gr);
	$s->shutdown(1);
	print while <$s>;
	exit;
}
$s->syswrite("NEGOTIATE V2\n");
my $hello = <$s>;
die 'it said ' . ($hello // 'nothing') . "\n" unless defined $hello && $hello eq "V2_OK\n";
my $all = request($verb, @words);
while (length $all) {
	my $n = $s->syswrite($all) or die "send: $!\n";
	substr $all, 0, $n, '';
}
my $line = <$s> // die "it hung up\n";
chomp $line;
$line =~ /^V2 (\d+) ([0-9a-f]{8}) (0badcafe ([A-Z]+)(?: (\S+))?)$/ or die "no frame: $line\n";
length $3 == $1 && crc32($3) == hex $2 or die "a damaged frame: $line\n";
print "$4\n", defined $5 ? decode_base64($5) : '';
