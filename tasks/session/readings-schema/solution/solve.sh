#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/legacy/readings_v0.sql
