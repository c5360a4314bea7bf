#!/bin/sh
set -eu
cd "$(dirname "$0")"
classes="${TMPDIR:-/tmp}/statement-classes"
javac -d "$classes" src/ledger/*.java test/*.java
java -cp "$classes" StatementTest
