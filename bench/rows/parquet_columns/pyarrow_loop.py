"""Reads a Parquet file into columns, on one thread."""

import sys

import pyarrow.parquet as pq

rows = 0
for batch in pq.ParquetFile(sys.argv[2]).iter_batches(batch_size=65_536, use_threads=False):
    rows += batch.num_rows
assert rows == int(sys.argv[1])
