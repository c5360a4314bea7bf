# Сравнивает давление с порогами из alarm.ini.
use strict;
use warnings;
use FindBin;

my %set;
open my $file, '<', "$FindBin::Bin/alarm.ini" or die "alarm.ini: $!\n";
while (<$file>) {
    $set{$1} = $2 if /^\s*(\w+)\s*=\s*(\d+)/;    # секции здесь не важны
}
my $pressure = shift // 0;
my $state = $pressure < $set{low} ? 'low' : $pressure > $set{high} ? 'high' : 'normal';
print "$state\n";
print "call $set{pager} after $set{delay_ms} ms\n" if $state ne 'normal';
