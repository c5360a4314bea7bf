#!/usr/bin/perl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Scrub::Conf;
use Scrub::Mask;

my %conf = Scrub::Conf::read("$FindBin::Bin/etc/scrub.conf");
if (@ARGV && $ARGV[0] eq '--show') {
    print "$_ $conf{$_}\n" for sort keys %conf;
    exit;
}
while (my $line = <STDIN>) {
    chomp $line;
    print substr(Scrub::Mask::mask($line, $conf{text}), 0, $conf{line_bytes}), "\n";
}
