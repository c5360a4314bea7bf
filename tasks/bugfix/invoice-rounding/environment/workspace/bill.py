"""Prints an invoice. Standard input: one "COUNT CENTS" pair a line. Usage: bill.py NUMBER"""

import sys

from invoice import settings, totals

lines = [(int(count), int(cents)) for count, cents in (line.split() for line in sys.stdin)]
print(f"invoice {settings.NUMBER_PREFIX}-{sys.argv[1]}")
print(f"net {totals.net(lines)} tax {totals.tax(lines)} total {totals.net(lines) + totals.tax(lines)}")
print(f"due in {settings.DUE_DAYS} days to {settings.ACCOUNT}")
