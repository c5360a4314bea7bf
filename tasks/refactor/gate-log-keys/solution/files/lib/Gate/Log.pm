package Gate::Log;

use strict;
use warnings;
use Gate::Keys;

my %OLD_KEY = (time => 'ts', level => 'lvl', gate => 'gt', text => 'msg');

sub _pattern {
    my ($start, %key) = @_;
    my ($time, $level, $gate, $text) = map { quotemeta } @key{qw(time level gate text)};
    return qr/^$start$time=(\S+) $level=(\S+) $gate=(\S+) $text="(.*)"$/;
}

my @PATTERNS = (_pattern("v=$Gate::Keys::FORMAT ", %Gate::Keys::KEY), _pattern('', %OLD_KEY));

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
    for my $pattern (@PATTERNS) {
        my %entry;
        next unless @entry{qw(time level gate text)} = $line =~ $pattern;
        $entry{text} =~ s/\\"/"/g;
        return \%entry;
    }
    return undef;
}

1;
