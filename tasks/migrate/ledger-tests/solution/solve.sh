#!/bin/sh
set -eu
cp -R /solution/files/. /workspace/
rm -f /workspace/caseworks.py
rm -f /workspace/tests/cases_account.py
rm -f /workspace/tests/cases_report.py
