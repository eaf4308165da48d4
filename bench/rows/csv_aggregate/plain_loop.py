"""Sums an amount by city over a CSV file: a loop over `csv.reader` with a dict, at the top of a script."""

import csv
import sys

sums: dict[str, int] = {}
with open(sys.argv[2], newline="", encoding="utf-8") as file:
    for row in csv.reader(file):
        city, amount = row[1], int(row[2])
        sums[city] = sums.get(city, 0) + amount
