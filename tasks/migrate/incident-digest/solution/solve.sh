#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/vendor/mailer1/Mail.java
rm -f /workspace/vendor/mailer1/Post.java
