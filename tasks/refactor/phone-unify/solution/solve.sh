#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/clinic/dedupe.py
