"""Counts the words of a file with a dict, a new count for each word: number of words, path. At the top of a script."""

import sys

split = lambda line: [(word, 1) for word in line.split()]  # noqa: E731  the very functions of the job
key = lambda pair: pair[0]  # noqa: E731
add = lambda one, other: (one[0], one[1] + other[1])  # noqa: E731
counts: dict[str, tuple[str, int]] = {}
with open(sys.argv[2]) as lines:
    for line in lines:
        for pair in split(line):
            at = key(pair)
            before = counts.get(at)
            counts[at] = pair if before is None else add(before, pair)
