"""Reads an Avro file into dicts, one after the other."""

import sys

import fastavro

records = 0
with open(sys.argv[2], "rb") as file:
    for _ in fastavro.reader(file):
        records += 1
assert records == int(sys.argv[1])
