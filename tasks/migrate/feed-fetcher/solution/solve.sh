#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/fetchkit2.py
