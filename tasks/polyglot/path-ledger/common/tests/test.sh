#!/bin/sh
exec python3 -I /tests/checks.py
