"""`penstock dev kafka`: an embedded Kafka for trying things out."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Start the embedded service and keep it until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="penstock dev", allow_abbrev=False)
    services = parser.add_subparsers(dest="service", required=True)
    kafka = services.add_parser(
        "kafka",
        help="librdkafka's mock cluster: transactions work, but read_committed does not filter, and topics "
        "cannot be created by clients",
    )
    kafka.add_argument("--topic", action="append", default=[], metavar="NAME[:PARTITIONS]", help="may be repeated")
    chosen = parser.parse_args(argv)
    return _kafka(chosen.topic)


def _kafka(topics: list[str]) -> int:
    from penstock import _native

    partitions: dict[str, int] = {}
    for text in topics:
        name, _, count = text.partition(":")
        if not name or not (count or "1").isdecimal() or int(count or "1") < 1:
            print(f"penstock dev kafka: --topic takes NAME or NAME:PARTITIONS, not {text!r}", file=sys.stderr)
            return 2
        partitions[name] = int(count or "1")
    cluster = _native.start_mock_kafka(partitions)
    print(cluster.bootstrap_servers, flush=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    cluster.close()
    return 0
