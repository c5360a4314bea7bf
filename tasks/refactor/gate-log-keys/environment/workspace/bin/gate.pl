#!/usr/bin/env perl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Gate::Log;

while (my $row = <STDIN>) {
    chomp $row;
    my ($time, $level, $gate, $text) = split /,/, $row, 4;
    print Gate::Log::line(time => $time, level => $level, gate => $gate, text => $text), "\n";
}
