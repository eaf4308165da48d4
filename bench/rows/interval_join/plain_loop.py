"""Joins the numbers 1 to n with themselves: a loop with a queue for each key and side, at the top of a script."""

import sys
from collections import deque


def process_element(left: int, right: int) -> tuple[int, int]:
    return left, right


key = lambda x: x % 1_000  # noqa: E731  the very function of the job
time = lambda x: x // 10  # noqa: E731
lefts: dict[int, deque[tuple[int, int]]] = {}
rights: dict[int, deque[tuple[int, int]]] = {}
for x in range(1, int(sys.argv[1]) // 2 + 1):
    at, now = key(x), time(x)
    mine, others = lefts.setdefault(at, deque()), rights.setdefault(at, deque())
    mine.append((now, x))
    while others and others[0][0] < now:
        others.popleft()
    for then, other in others:
        if then <= now + 200:
            process_element(x, other)
    others.append((now, x))
    while mine and mine[0][0] < now - 200:
        mine.popleft()
    for then, other in mine:
        if then <= now:
            process_element(other, x)
