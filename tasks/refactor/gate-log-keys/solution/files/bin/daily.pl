#!/usr/bin/env perl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Gate::Log;

my (%entries, $skipped);
while (my $line = <>) {
    if (my $entry = Gate::Log::parse($line)) {
        $entries{$entry->{gate}}++;
    } else {
        $skipped++;
    }
}
print "$_ $entries{$_}\n" for sort keys %entries;
print STDERR "$skipped skipped\n" if $skipped;
