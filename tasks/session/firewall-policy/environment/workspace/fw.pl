#!/usr/bin/env perl
# The firewall's policy: fw.pl [--policy DIR] check | decide SOURCE TARGET PROTO PORT | limits ZONE
use strict;
use warnings;

my $policy = "policy";
(undef, $policy) = splice @ARGV, 0, 2 if @ARGV && $ARGV[0] eq "--policy";

# The lines of a file, each as a list of its fields.
sub rows {
    my ($name) = @_;
    open my $file, "<", "$policy/$name" or die "$policy/$name: $!\n";
    my @rows = map { s/#.*//r } <$file>;
    return grep { @$_ } map { [split] } @rows;
}

my %zones    = map { $_->[0] => $_->[1] } rows("zones.conf");
my %services = map { $_->[0] => { proto => $_->[1], port => $_->[2] } } rows("services.conf");
my @rules    = rows("rules.conf");

sub number {
    my ($address) = @_;
    my $number = 0;
    $number = $number * 256 + $_ for split /\./, $address;
    return $number;
}

sub inside {
    my ($address, $zone) = @_;
    return 1 if $zone eq "any";
    my ($network, $bits) = split m{/}, $zones{$zone};
    return number($address) >> (32 - $bits) == number($network) >> (32 - $bits);
}

sub serves {
    my ($service, $proto, $port) = @_;
    return $service->{proto} eq $proto && $service->{port} == $port;
}

sub decide {
    my ($source, $target, $proto, $port) = @_;
    for my $rule (@rules) {
        my ($action, $from, $to, $name) = @$rule;
        return $action
            if inside($source, $from) && inside($target, $to) && serves($services{$name}, $proto, $port);
    }
    return "deny";
}

sub limits {
    my ($zone) = @_;
    my ($section, %found) = ("");
    open my $file, "<", "$policy/limits.ini" or die "$policy/limits.ini: $!\n";
    while (<$file>) {
        $section = $1 if /^\[(\w+)\]/;
        $found{$1} = $2 if $section eq $zone && /^(\w+)\s*=\s*(\S+)/;
    }
    return map { "$_ $found{$_}" } sort keys %found;
}

sub check {
    for my $name (sort keys %services) {
        my $port = $services{$name}{port};
        die "service $name: bad port $port\n" unless $port =~ /^\d+$/ && $port <= 65535;
    }
    for my $rule (@rules) {
        my (undef, $from, $to, $name) = @$rule;
        die "rule '@$rule': no service $name\n" unless $services{$name};
        $_ eq "any" || $zones{$_} || die "rule '@$rule': no zone $_\n" for $from, $to;
    }
    return "sound";
}

my %commands = (check => \&check, decide => \&decide, limits => \&limits);
my $command  = $commands{ shift(@ARGV) // "" } or die "usage: fw.pl [--policy DIR] check | decide ... | limits ZONE\n";
print map { "$_\n" } $command->(@ARGV);
