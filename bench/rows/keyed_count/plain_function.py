"""Counts the numbers 1 to n by their remainder: a loop in a function with a dict."""

import sys


def count(before: int | None, value: int) -> tuple[int, tuple[int, int]]:
    now = (before or 0) + 1
    return now, (value, now)


def main(n: int) -> None:
    key = lambda x: x % 10_000  # noqa: E731  the very function of the job
    counts: dict[int, int] = {}
    for x in range(1, n + 1):
        at = key(x)
        counts[at], _ = count(counts.get(at), x)


if __name__ == "__main__":
    main(int(sys.argv[1]))
