package Scrub::Mask;
use strict;
use warnings;
use Scrub::Fields;

sub mask {
    my ($line, $text) = @_;
    for my $name (Scrub::Fields::secret()) {
        my $value = Scrub::Fields::quoted();
        $line =~ s/\b$name=$value/$name="$text"/g;
    }
    return $line;
}

1;
