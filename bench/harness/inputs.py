"""What the sides read. An input is prepared before the clock runs and checked after it."""

from __future__ import annotations

import random
import string
import tempfile
from pathlib import Path
from typing import Protocol

from .broker import Broker
from .process import SideError


class Input(Protocol):
    """Gives a script its arguments for a size, and checks afterwards what can be checked from outside."""

    def prepare(self, n: int) -> list[str]:
        """Makes an input of n records ready; the script's arguments after n."""

    def verify(self, n: int) -> None:
        """Raises `SideError` if the run before did not do the work of n records."""

    def close(self) -> None:
        """Removes what `prepare` made."""


class Numbers:
    """The sides count for themselves."""

    def prepare(self, n: int) -> list[str]:
        return []

    def verify(self, n: int) -> None:
        return None

    def close(self) -> None:
        return None


class Text:
    """A file of n words, ten a line: few of 20,000 words often and most seldom, as in a language."""

    VOCABULARY = 20_000
    LINE = 10
    BLOCK = 1_000_000

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="penstock-bench-text-")
        self._lines: list[str] = []

    def prepare(self, n: int) -> list[str]:
        path = Path(self._folder.name) / f"{n}.txt"
        if not path.exists():
            self._write(path, n // self.LINE)
        return [str(path)]

    def _write(self, path: Path, lines: int) -> None:
        """Lines repeat after a block of them, so that a large file is written in a moment."""
        self._lines = self._lines or self._block()
        with path.open("w") as file:
            while lines > 0:
                file.writelines(self._lines[:lines])
                lines -= len(self._lines)

    def _block(self) -> list[str]:
        seeded = random.Random(20_000)
        letters = string.ascii_lowercase
        vocabulary = ["".join(seeded.choices(letters, k=seeded.randint(2, 10))) for _ in range(self.VOCABULARY)]
        weights = [1 / (10 + rank) for rank in range(self.VOCABULARY)]
        words = seeded.choices(vocabulary, weights, k=self.BLOCK)
        return [" ".join(words[at : at + self.LINE]) + "\n" for at in range(0, self.BLOCK, self.LINE)]

    def verify(self, n: int) -> None:
        return None

    def close(self) -> None:
        self._folder.cleanup()


class Topics:
    """A topic of 100-byte messages, of which a run reads the first n, and a fresh topic for what it writes."""

    SOURCE = "messages"

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._filled = 0
        self._runs = 0

    @property
    def _target(self) -> str:
        return f"lengths-{self._runs}"

    def prepare(self, n: int) -> list[str]:
        self._runs += 1
        self._broker.tool("topics.py", "create", self._target)
        if n > self._filled:
            self._broker.tool("topics.py", "fill", self.SOURCE, str(n))
            self._filled = n
        return [self._broker.address, self.SOURCE, self._target]

    def verify(self, n: int) -> None:
        """At least once is what is promised, so more than n would be no error."""
        written = int(self._broker.tool("topics.py", "count", self._target))
        self._broker.tool("topics.py", "delete", self._target)
        if written < n:
            raise SideError(f"{written:,} of {n:,} messages arrived in the target topic")

    def close(self) -> None:
        return None
