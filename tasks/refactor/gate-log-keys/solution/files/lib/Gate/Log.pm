package Gate::Log;

use strict;
use warnings;
use Gate::Keys;

my %OLD_KEY = (time => 'ts', level => 'lvl', gate => 'gt', text => 'msg');

sub line {
    my (%entry) = @_;
    my %key = %Gate::Keys::KEY;
    my $text = substr $entry{text}, 0, $Gate::Keys::LONGEST;
    $text =~ s/"/\\"/g;
    return qq(v=$Gate::Keys::FORMAT $key{time}=$entry{time} $key{level}=$entry{level} $key{gate}=$entry{gate} )
        . qq($key{text}="$text");
}

sub parse {
    my ($line) = @_;
    my $format = $Gate::Keys::FORMAT;
    for (["v=\Q$format\E ", \%Gate::Keys::KEY], ['', \%OLD_KEY]) {
        my ($start, $key) = @$_;
        next unless $line =~ /^$start\Q$key->{time}\E=(\S+) \Q$key->{level}\E=(\S+) \Q$key->{gate}\E=(\S+) \Q$key->{text}\E="(.*)"$/;
        my %entry = (time => $1, level => $2, gate => $3, text => $4);
        $entry{text} =~ s/\\"/"/g;
        return \%entry;
    }
    return undef;
}

1;
