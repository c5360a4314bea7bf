#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/layers0.lua
rm -f /workspace/conf/base.cfg
rm -f /workspace/conf/site.cfg
