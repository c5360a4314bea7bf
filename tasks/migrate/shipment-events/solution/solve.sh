#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/envelope1.py
