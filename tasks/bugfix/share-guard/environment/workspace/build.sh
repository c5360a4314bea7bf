#!/bin/sh
# build.sh OUTPUT: compiles in a scratch directory, so that nothing is left in src/
set -eu
work=$(mktemp -d)
cp "$(dirname "$0")"/src/*.ml "$work"
(cd "$work" && ocamlc -o guard percent.ml path.ml request.ml rules.ml main.ml)
mv "$work/guard" "$1"
rm -r "$work"
