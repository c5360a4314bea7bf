package Scrub::Conf;
use strict;
use warnings;

# The settings of a file of "key = value" lines; sections are for the eye.
sub read {
    my ($path) = @_;
    my %conf;
    open my $file, '<', $path or die "$path: $!\n";
    while (<$file>) {
        $conf{$1} = $2 if /^\s*(\w+)\s*=\s*(.*?)\s*$/;
    }
    return %conf;
}

1;
