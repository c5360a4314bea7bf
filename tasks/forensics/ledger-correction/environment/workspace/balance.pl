#!/usr/bin/perl
# Adds up debit and credit of every voucher, over the ledger and its corrections.
use strict;
use warnings;
use FindBin;

my %left;
for my $name ('march.csv', 'corrections.csv') {
    open my $file, '<', "$FindBin::Bin/ledger/$name" or die "$name: $!\n";
    <$file>;
    while (my $line = <$file>) {
        $line =~ s/["\s]//g;
        next if $line eq '';
        my ($voucher, undef, $debit, $credit) = split /,/, $line;
        die "$name: no amounts in '$line'\n" unless "$debit$credit" =~ /^\d+$/;
        $left{$voucher} += $debit - $credit;
    }
}
my @open = grep { $left{$_} } sort keys %left;
print "$_ is out of balance\n" for @open;
print "all balanced\n" unless @open;
exit(@open ? 1 : 0);
