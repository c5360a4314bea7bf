#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/src/crc_bitwise.c
