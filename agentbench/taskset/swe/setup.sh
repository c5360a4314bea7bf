#!/bin/bash
# Makes /testbed what the agent starts from; the verifier makes the same of its own container.
# Beside this, of a SWE-smith row: bug.patch, and hidden, the test files that tell of the bug.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cp "$here/env.sh" /etc/agentbench-env.sh
cd /testbed
git config --system --add safe.directory /testbed
if [ -f "$here/bug.patch" ]; then
  git apply --whitespace=nowarn "$here/bug.patch"
  xargs -r -d '\n' rm -f -- <"$here/hidden"
  # A history without the bug would be the answer.
  git add -A
  git ls-files -z >"$here/files"
  rm -rf .git
  git init -q .
  git add -f --pathspec-from-file="$here/files" --pathspec-file-nul
fi
git add -A
git -c user.name=agentbench -c user.email=agentbench@localhost -c commit.gpgsign=false \
  commit -q --no-verify --allow-empty -m 'Where the work starts'
git tag -f agentbench-start >/dev/null
