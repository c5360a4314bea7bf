use strict;
use warnings;
use Test::More tests => 2;
use Scrub::Mask;

is(Scrub::Mask::mask('token="a8\"f"', 'X'), 'token="X"', 'a quote within a secret');
is(
    Scrub::Mask::mask('user="ann" token="a8f" path="/x"', 'X'),
    'user="ann" token="X" path="/x"',
    'what follows a secret stays',
);
