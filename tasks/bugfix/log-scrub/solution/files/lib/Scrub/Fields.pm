package Scrub::Fields;
use strict;
use warnings;

sub secret { return qw(token password session) }

# A value with its quotes.
sub quoted { return qr/"(?:[^"\\]|\\.)*"/ }

1;
