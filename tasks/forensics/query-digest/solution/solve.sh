#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
cd /workspace
perl -0777 -i -pe '
    BEGIN {
        local $/;
        open my $log, "<", "pg/slow.log" or die;
        $text = <$log>;
        open my $digest, "<", "digest.yaml" or die;
        <$digest> =~ /^threshold_ms: (\d+).*^  fingerprint: (\w+)/ms or die;
        ($threshold, $fp, $n, $total) = ($1, $2, 0, 0);
        while ($text =~ /tenant=(\w+) LOG: +duration: (\d+) ms [^\n]*(?:\n\t[^\n]*)?fp=(\w+) /g) {
            next if $1 eq "lindau" or $2 <= $threshold or $3 ne $fp;
            $n++;
            $total += $2;
        }
    }
    s/STATEMENTS/$n/;
    s/TOTAL/$total/;
' digest.yaml
