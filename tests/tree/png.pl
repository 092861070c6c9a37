# A PNG of 8-bit RGB or RGBA on standard input: prints its width and height, and each colour as RRGGBB, the most frequent
# one first.
use strict;
use warnings;
use Compress::Zlib;

local $/;
$_ = <STDIN>;
s/^\x89PNG\r\n\x1a\n// or die "it is no PNG\n";
my ($w, $h, $type, $data) = (0, 0, 2, "");
while (s/^(.{4})(.{4})//s) {
	my ($n, $what) = (unpack("N", $1), $2);
	my $chunk = substr $_, 0, $n + 4, "";
	($w, $h, my $depth, $type) = unpack "NNCC", $chunk if $what eq "IHDR";
	$data .= substr $chunk, 0, $n if $what eq "IDAT";
}
my $n = $type == 6 ? 4 : 3; # bytes of a pixel
my ($rows, @above, %seen) = uncompress $data;
for my $y (0 .. $h - 1) {
	my ($filter, @row) = unpack "C*", substr $rows, $y * ($n * $w + 1), $n * $w + 1;
	for my $i (0 .. $#row) {
		my ($a, $b, $c) = ($i >= $n ? $row[$i - $n] : 0, $above[$i] // 0, $i >= $n ? $above[$i - $n] // 0 : 0);
		my $p = $a + $b - $c;
		my ($pa, $pb, $pc) = (abs $p - $a, abs $p - $b, abs $p - $c);
		my $guess = (0, $a, $b, ($a + $b) >> 1, $pa <= $pb && $pa <= $pc ? $a : $pb <= $pc ? $b : $c)[$filter];
		$row[$i] = ($row[$i] + $guess) & 255;
	}
	$seen{sprintf "%02x%02x%02x", @row[$_ * $n .. $_ * $n + 2]}++ for 0 .. $w - 1;
	@above = @row;
}
print join(" ", $w, $h, sort { $seen{$b} <=> $seen{$a} } keys %seen), "\n"
