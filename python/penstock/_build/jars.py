"""What Penstock uses instead of a connector's JAR."""

from __future__ import annotations

_CONNECTORS = [
    ("kafka", "the built-in Kafka connector is used instead"),
    ("connector-files", "the built-in file connector is used instead"),
    ("json", "the built-in JSON format is used instead"),
    ("csv", "the built-in text formats are used instead"),
    ("s3", "the built-in S3 client is used instead"),
    ("gs-fs", "the built-in Google Cloud Storage client is used instead"),
    ("azure", "the built-in Azure client is used instead"),
    ("rocksdb", "the built-in RocksDB state backend is used instead"),
]


def connector_of(path: str) -> str:
    """Words about what stands in for the JAR at this path or URL."""
    name = path.rstrip("/").rsplit("/", 1)[-1].lower()
    for part, words in _CONNECTORS:
        if part in name:
            return words
    return "not loaded, Penstock has no JVM; no built-in connector is known to stand for it"
