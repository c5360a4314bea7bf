#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
