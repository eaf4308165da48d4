"""Fills a state: n, number of keys, characters per value, settings as `key=value`, `uid` is the source's."""

import sys

from large_state import build

if __name__ == "__main__":
    n, keys, characters = map(int, sys.argv[1:4])
    settings = dict(setting.split("=", 1) for setting in sys.argv[4:])
    uid = settings.pop("uid", "numbers")
    build(n, keys, characters, typed=True, source=uid, settings=settings).execute("large_state")
