#!/usr/bin/env perl
use strict;
use warnings;

my $level = shift @ARGV;
my $skipped = 0;
while (my $line = <>) {
    if ($line =~ /^ts=(\S+) lvl=(\S+) gt=\S+ msg="(.*)"$/) {
        next if $2 ne $level;
        my ($time, $text) = ($1, $3);
        $text =~ s/\\"/"/g;
        print "$time $text\n";
    } else {
        $skipped++;
    }
}
print STDERR "$skipped skipped\n" if $skipped;
