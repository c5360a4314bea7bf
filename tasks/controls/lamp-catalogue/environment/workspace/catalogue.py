"""Prints the price list, cheapest lamp first."""

import csv

with open("lamps.csv", newline="") as file:
    lamps = [(int(pence), article) for article, pence, _ in csv.reader(file)]

for pence, article in sorted(lamps):
    print(f"{article} {pence / 100:.2f}")
