#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/internal/spool1/spool.go
