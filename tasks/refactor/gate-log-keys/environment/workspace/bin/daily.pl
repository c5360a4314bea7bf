#!/usr/bin/env perl
use strict;
use warnings;

my (%entries, $skipped);
while (my $line = <>) {
    if ($line =~ /^ts=\S+ lvl=\S+ gt=(\S+) msg="/) {
        $entries{$1}++;
    } else {
        $skipped++;
    }
}
print "$_ $entries{$_}\n" for sort keys %entries;
print STDERR "$skipped skipped\n" if $skipped;
