#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/tarif1.rs
