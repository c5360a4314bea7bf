#!/bin/sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
cp "$here"/src/*.ml "$here"/test/*.ml "$work"
cd "$work"
ocamlc -o check percent.ml path.ml request.ml rules.ml check.ml
./check
