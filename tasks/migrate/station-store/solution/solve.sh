#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/kv1.c
rm -f /workspace/vendor/kv1.h
