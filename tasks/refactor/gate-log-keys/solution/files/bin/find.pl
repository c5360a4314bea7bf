#!/usr/bin/env perl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Gate::Log;

my $level = shift @ARGV;
my $skipped = 0;
while (my $line = <>) {
    if (my $entry = Gate::Log::parse($line)) {
        print "$entry->{time} $entry->{text}\n" if $entry->{level} eq $level;
    } else {
        $skipped++;
    }
}
print STDERR "$skipped skipped\n" if $skipped;
