#!/usr/bin/perl
# transcript.pl PAGE DIR: the shell transcripts of a manual page or of README, as steps in DIR that guide.t
# plays. A step is NNN.cmd, what is typed behind the prompt; NNN.want, what it is to print; and NNN.how: who
# types it (# root, $ the user alice), and how it is looked at.
#
# A command reaches to the end of its here-document. In a page what is played stands behind a comment, in the
# guide each literal display:
#     .\" run             it is played
#     .\" run numbers     the same; a number stands for any number
#     .\" run eventually  the same; it is repeated until it prints this
#     .\" shown WHY       it is only shown
# In README it is a block behind <!-- run ... -->, and blocks without that are only shown.
use strict;
use warnings;

my ($page, $dir) = @ARGV;
open my $in, '<', $page or die "$page: $!\n";
my @lines = <$in>;
chomp @lines;

sub blocks_of_page {
	my (@blocks, $how, $block);
	for my $i (0 .. $#lines) {
		local $_ = $lines[$i];
		if (/^\.\\" (run(?: numbers| eventually)*|shown .+)$/) {
			$how = $1;
		} elsif (/^\.Bd -literal/) {
			die "$page:" . ($i + 1) . ": a display that is neither run nor shown\n"
				if !$how && $page =~ /warren-guide/;
			$block = { how => $how // 'shown', lines => [] };
		} elsif (/^\.Ed/ && $block) {
			push @blocks, $block if $block->{how} =~ /^run/;
			($how, $block) = ();
		} elsif ($block) {
			s/\\e/\\/g;
			s/\\&//g;
			push @{ $block->{lines} }, $_;
		}
	}
	return @blocks;
}

sub blocks_of_readme {
	my @blocks;
	for (@lines) {
		if (/^<!-- (run.*) -->$/) {
			push @blocks, { how => $1, lines => [] };
		} elsif (@blocks && s/^    //) {
			push @{ $blocks[-1]{lines} }, $_;
		} elsif (@blocks && @{ $blocks[-1]{lines} }) {
			last;
		}
	}
	return @blocks;
}

my $n = 0;
for my $block ($page =~ /\.md$/ ? blocks_of_readme() : blocks_of_page()) {
	my @left = @{ $block->{lines} };
	while (defined(my $line = shift @left)) {
		$line =~ s/^([#\$]) // or die "$page: \"$line\" belongs to no command\n";
		my ($who, $cmd, @want) = ($1, "$line\n");
		if ($line =~ /<<'?(\w+)'?/) {
			my $end = $1;
			while (@left) {
				my $text = shift @left;
				$cmd .= "$text\n";
				last if $text eq $end;
			}
		}
		push @want, shift @left while @left && $left[0] !~ /^[#\$] /;
		my $step = sprintf '%s/%03d', $dir, ++$n;
		my %part = (cmd => $cmd, want => join('', map { "$_\n" } @want), how => "$who $block->{how}\n");
		for my $name (keys %part) {
			open my $out, '>', "$step.$name" or die "$step.$name: $!\n";
			print $out $part{$name};
			close $out or die "$step.$name: $!\n";
		}
	}
}
die "$page: no transcript in it\n" unless $n;
