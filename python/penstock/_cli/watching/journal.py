"""What has to be known after a crash: which script is the accepted one, and what was being done."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from penstock._cli.watching.bundle import Bundle

VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One state of things.

    `accepted` is the script that has completed a checkpoint, `candidate` one that is on trial, `refused` the digest of
    one that was on trial and failed.
    """

    accepted: Bundle | None = None
    candidate: Bundle | None = None
    refused: str | None = None


class Journal:
    """The journal of one job. Without a folder, everything is forgotten with the process."""

    def __init__(self, folder: str | None, configuration: dict[str, str]) -> None:
        self._folder = folder
        self._configuration = configuration
        self._number = 0
        self.entry = Entry()
        self._read()

    def _read(self) -> None:
        if self._folder is None:
            return
        from penstock import _native

        newest = _native.journal_newest(self._folder, self._configuration)
        if newest is not None:
            self._number, data = newest
            self.entry = decode(data)

    def note(self, **changes: Any) -> None:
        """Write down what is different now; durable when this returns."""
        entry = replace(self.entry, **changes)
        if entry == self.entry:
            return
        if self._folder is not None:
            from penstock import _native

            _native.journal_append(self._folder, self._number + 1, encode(entry), self._configuration)
            self._number += 1
        self.entry = entry


def encode(entry: Entry) -> bytes:
    """An entry as it is kept."""
    return json.dumps({"version": VERSION, **asdict(entry)}).encode()


def decode(data: bytes) -> Entry:
    """An entry that was kept. Raises ValueError if it cannot be understood."""
    try:
        fields = json.loads(data)
        if fields["version"] > VERSION:
            raise ValueError(f"it has version {fields['version']}: it was written by a newer Penstock")
        return Entry(_bundle(fields["accepted"]), _bundle(fields["candidate"]), fields["refused"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"the journal of the watched script is damaged: {error!r}") from None


def _bundle(fields: dict[str, Any] | None) -> Bundle | None:
    if fields is None:
        return None
    bundle = Bundle(fields["main"], fields["files"])
    for name in [bundle.main, *bundle.files]:
        if not name or name in (".", "..") or "/" in name or "\0" in name:
            raise ValueError(f"the journal of the watched script is damaged: {name!r} is no name of a file")
    return bundle
