"""The last line of a terminal, kept for one text while everything else scrolls above it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TextIO

# With fewer there is no room for anything else.
_FEWEST_ROWS = 3


class BottomLine:
    """The line is taken from the first `show` to `close`.

    The rest of the terminal becomes its scroll region, so that what others print, who know nothing of this, neither
    overwrites the line nor is mixed with it. Each change is one write, which no other comes between.
    """

    def __init__(self, terminal: TextIO, size: Callable[[], os.terminal_size]) -> None:
        self._terminal = terminal
        self._size = size
        self._rows = 0

    def show(self, text: str) -> None:
        """Show a text in the line, cut where it does not fit. Follows the terminal's size."""
        columns, rows = self._size()
        if rows != self._rows:
            self.close()
        if rows < _FEWEST_ROWS or os.environ.get("TERM", "dumb") == "dumb":
            return
        if not self._rows:
            self._rows = rows
            # The cursor goes up into the region if it is in the last line.
            self._write(f"\n\x1b[1A\x1b7\x1b[1;{rows - 1}r\x1b8")
        self._write(f"\x1b7\x1b[{rows};1H\x1b[2K{text[: columns - 1]}\x1b8")

    def close(self) -> None:
        """Clear the line and give it back."""
        if self._rows:
            self._write(f"\x1b7\x1b[r\x1b[{self._rows};1H\x1b[2K\x1b8")
        self._rows = 0

    def _write(self, codes: str) -> None:
        self._terminal.write(codes)
        self._terminal.flush()
