"""What is sent, and how many bytes of it count."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.common import Row
from penstock.common.typeinfo import TypeInformation, Types


@dataclass
class Reading:
    sensor: str
    at: int
    values: list[float]


def text(x: int) -> str:
    return f"{x:0100d}"


def row(x: int) -> Row:
    return Row(x, x / 7, f"{x:084d}")


def reading(x: int) -> Reading:
    return Reading(f"{x:044d}", x, [x / 7, x / 8, x / 9, x / 10, x / 11, x / 12])


KINDS: dict[str, tuple[Callable[[int], Any], TypeInformation | None]] = {
    "str": (text, Types.STRING()),
    "row": (row, Types.ROW([Types.LONG(), Types.DOUBLE(), Types.STRING()])),
    "pickled": (reading, None),
}

PAYLOAD = 100
"""Bytes of text and numbers in each."""
