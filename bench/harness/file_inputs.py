"""Files that the sides read, of n records each: written in a moment, because a block of records is repeated."""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

CITIES = 1000
BLOCK = 100_000


class Files:
    """A file for each size; `write` makes the one of a size and says what the script is given beside its path."""

    def __init__(self, end: str, write: Callable[[Path, int], None], *more: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="penstock-bench-files-")
        self._end = end
        self._write = write
        self._more = more

    def prepare(self, n: int) -> list[str]:
        """The path of a file of n records."""
        path = Path(self._folder.name) / f"{n}.{self._end}"
        if not path.exists():
            self._write(path, n)
        return [str(path), *self._more]

    def verify(self, n: int) -> None:
        """The scripts count for themselves."""

    def close(self) -> None:
        """Removes the files."""
        self._folder.cleanup()


def csv_orders() -> Files:
    """Orders: an id, one of 1,000 cities, an amount, and three texts that nobody asks for; about 80 bytes."""
    return Files("csv", _write_csv)


def _write_csv(path: Path, n: int) -> None:
    seeded = random.Random(7)
    block = [
        f"{i},city {seeded.randrange(CITIES)},{seeded.randrange(1000)},name {i % 977},u{i % 977}@example.com,as usual\n"
        for i in range(min(n, BLOCK))
    ]
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, n, BLOCK):
            file.writelines(block[: n - start])


def parquet_rows(python: Path) -> Files:
    """Two numbers and two texts, compressed with Snappy, written by pyarrow."""
    return Files("parquet", lambda path, n: _run(python, _PARQUET, path, n))


AVRO_SCHEMA = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "city", "type": "string"},
        {"name": "amount", "type": "double"},
        {"name": "note", "type": ["null", "string"]},
        {"name": "items", "type": {"type": "array", "items": "int"}},
    ],
}


def avro_orders(python: Path) -> Files:
    """Records of five fields, one of them an array, compressed with deflate, written by fastavro."""
    schema = json.dumps(AVRO_SCHEMA)
    return Files("avro", lambda path, n: _run(python, _AVRO, path, n, schema), schema)


def _run(python: Path, script: str, path: Path, n: int, *more: str) -> None:
    subprocess.run([str(python), "-c", script, str(path), str(n), *more], check=True)


_PARQUET = """
import random, sys
import pyarrow as pa, pyarrow.parquet as pq
path, n = sys.argv[1], int(sys.argv[2])
seeded = random.Random(7)
block = pa.table({
    "id": range(100_000),
    "amount": [seeded.random() for _ in range(100_000)],
    "city": [f"city {seeded.randrange(1000)}" for _ in range(100_000)],
    "note": [f"note {seeded.randrange(10**9)}" for _ in range(100_000)],
})
with pq.ParquetWriter(path, block.schema) as writer:
    for start in range(0, n, 100_000):
        writer.write_table(block[: n - start])
"""

_AVRO = """
import json, random, sys
import fastavro
path, n, schema = sys.argv[1], int(sys.argv[2]), fastavro.parse_schema(json.loads(sys.argv[3]))
seeded = random.Random(7)
block = [{"id": i, "city": f"city {seeded.randrange(1000)}", "amount": seeded.random(),
          "note": None if i % 3 else f"note {i}", "items": list(range(i % 4))} for i in range(10_000)]
def records():
    for start in range(0, n, 10_000):
        yield from block[: n - start]
with open(path, "wb") as file:
    fastavro.writer(file, schema, records(), codec="deflate")
"""
