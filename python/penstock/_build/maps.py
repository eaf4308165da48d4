"""Maps as text, as configuration values have them: `k:v,k2:v2`, with quotes where a key or value needs them."""

from __future__ import annotations

import re

_PART = re.compile(r"""\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^,:]*))\s*""")


def format_map(entries: dict[str, str]) -> str:
    """The text of a map."""
    return ",".join(f"{_quoted(key)}:{_quoted(value)}" for key, value in entries.items())


def parse_map(key: str, text: str) -> dict[str, str]:
    """The map in a text. Raises ValueError naming the configuration key."""
    entries, position = {}, 0
    while position < len(text):
        name, position = _part(text, position)
        if text[position : position + 1] != ":":
            raise ValueError(f"{key}: {text!r} is no map; write it as 'name:value,name2:value2'")
        entries[name], position = _rest(text, position + 1)
        position += 1
    return entries


def _part(text: str, start: int) -> tuple[str, int]:
    match = _PART.match(text, start)
    assert match is not None
    if match[1] is not None:
        return match[1].replace("''", "'"), match.end()
    if match[2] is not None:
        return match[2].replace('""', '"'), match.end()
    return match[3].strip(), match.end()


def _rest(text: str, start: int) -> tuple[str, int]:
    """A value; without quotes it may have colons in it."""
    value, end = _part(text, start)
    if text[end : end + 1] != ":":
        return value, end
    end = text.find(",", start)
    end = len(text) if end < 0 else end
    return text[start:end].strip(), end


def _quoted(text: str) -> str:
    if re.fullmatch(r"[^\s,:;'\"]+", text):
        return text
    return "'" + text.replace("'", "''") + "'"
